/** The product's mark: a cord from one socket to another. */
export function Mark({ size = 22 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" fill="#0b7285" />
      <path d="M9 11c0 9 14 1 14 10" fill="none" stroke="#fff" strokeWidth="2.4" strokeLinecap="round" />
      <g fill="#0b7285" stroke="#fff" strokeWidth="2.4">
        <circle cx="9" cy="9" r="2.6" />
        <circle cx="23" cy="23" r="2.6" />
      </g>
      <g fill="#fff" opacity=".55">
        <circle cx="23" cy="9" r="1.7" />
        <circle cx="9" cy="23" r="1.7" />
      </g>
    </svg>
  );
}
