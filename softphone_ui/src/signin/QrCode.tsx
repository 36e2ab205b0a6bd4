import type { SecondStepSetUp } from "../api/users";

/** The white edge that a camera needs, in modules (ISO/IEC 18004 §6.3.8). */
const QUIET = 4;

/** Dark on white in every theme: not every camera reads it the other way round. */
export function QrCode({ qr, label, className }: { qr: SecondStepSetUp["qr"]; label: string; className: string | undefined }) {
  const side = qr.size + 2 * QUIET;
  return (
    <svg className={className} viewBox={`${-QUIET} ${-QUIET} ${side} ${side}`} shapeRendering="crispEdges" role="img" aria-label={label}>
      <rect x={-QUIET} y={-QUIET} width={side} height={side} fill="#fff" />
      <path d={qr.path} fill="#000" />
    </svg>
  );
}
