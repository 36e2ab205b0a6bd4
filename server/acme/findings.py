"""What `patchbay doctor` says of the certificate that browsers know. Reads files only."""

from __future__ import annotations

from server.acme.files import AcmeFiles
from server.acme.schedule import due_at, issued
from server.config import Config
from server.findings import Finding, Verdict

PART = "certificate"
_REMEDY = {
    "port_closed": "free the port, or allow it (CAP_NET_BIND_SERVICE); when a firewall leads port 80 here, http_port = 0",
    "unreachable": "check the address in [acme] directory, name servers and the firewall",
    "not_validated": "the name must lead to this machine from the internet, at port 80",
    "rate_limited": "wait: it is tried again by itself",
    "refused": "do what it says; it is tried again by itself",
}


def certification_findings(config: Config, now: float) -> list[Finding]:
    files, acme = AcmeFiles(config.data_dir), config.acme
    kept = files.certificate()
    has = None if kept is None else issued(kept)
    standing = files.standing(acme.directory, tuple(name.lower() for name in acme.names))
    names = ", ".join(acme.names)
    days = 0.0 if has is None else (has.ends_at - now) / 86_400
    verdict: Verdict
    if has is None or not set(standing.names) <= has.names:
        text, verdict = f"none for {names} from {acme.directory} yet; ours is used", "warning"
    elif days <= 0:
        text, verdict = f"the one for {names} is over; ours is used", "failed"
    else:
        text, verdict = f"for {names}, good for {days:.0f} days", "ok"
    if standing.problem:
        again_min = max(0.0, due_at(has, standing) - now) / 60
        why = f"; the last try failed ({standing.problem}): {standing.detail}; tried again in {again_min:.0f} min"
        worse: Verdict = "failed" if verdict == "failed" else "warning"
        return [Finding(worse, PART, text + why, _REMEDY.get(standing.problem, ""))]
    return [Finding(verdict, PART, text)]
