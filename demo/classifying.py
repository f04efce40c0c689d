"""Which kind of thing a postmortem is about, and how bad it was: by words, the same way every time.

Theme: the theme whose words occur most, the title counting four times. Severity, first rule that holds:

1. Planned work by its title is SEV 4; else the source's own label: "down" is 2, "disrupted" 3, "notice" 4.
2. SEV 1: the core of the product stood still or was open to attackers for everybody.
3. SEV 2: a total outage, all services, leaked credentials, lost data.
4. SEV 4: nobody was affected: a false alarm, a near miss, a planned upgrade without impact.
5. SEV 3 otherwise.
"""

from __future__ import annotations

import re

THEMES = {
    "network": r"ingress|load balancer|\balb\b|traefik|nginx|network|subnet|\bip address|503|504|proxy|tls|latency|vpc",
    "dns": r"\bdns\b|external-dns|coredns|domain name|route53|nameserver|hostname",
    "storage": r"\bdisk|volume|storage|\bpvc?\b|s3\b|backup|file system|space left|blob|mount",
    "database": r"postgres|database|\brds\b|mysql|\bquery\b|queries|redis|connection pool|\boid\b|toast",
    "identity": r"okta|\bldap\b|login|password|credential|token|account|2fa|mfa|certificate|kiam|adfs|\bauth|iam\b|sso",
    "ci": r"\bci\b|concourse|pipeline|jenkins core|build agent|agents?\b|travis|argocd|github actions|runner|workflow",
    "registry": r"artifactory|registry|docker ?hub|image pull|update center|mirror|package|repo\.jenkins|npm|maven",
    "cluster": r"kubernetes|\bpods?\b|\bnodes?\b|cluster|\beks\b|\baks\b|kops|namespace|autoscal|helm|daemonset",
    "observability": r"prometheus|grafana|fluentd|fluent-bit|logs? (not|being|ship)|kibana|elasticsearch|opensearch"
                     r"|metrics missing|kafka-exporter|monitoring",
    "security": r"malicious|attack|vulnerab|compromise|phish|exploit|cve|secret|leak|malware|abuse|exfiltrat",
    "web": r"website|browser|javascript|sdk\b|front-?end|\bcookie|page\b|plugins\.jenkins|www\.|search\b|wiki",
    "ledger": r"blockchain|mempool|block height|timelord|farmer|coin|wallet|transaction|full_node|singleton",
    "capacity": r"quota|rate limit|capacity|overload|traffic|out of memory|\boom\b|saturat|throttl|crawler",
    "messaging": r"kafka|queue|topic|consumer|ingestion|backlog|stream|events\b",
    "tracker": r"\bjira\b|issues\.jenkins|issue tracker|helpdesk|confluence",
}  # fmt: skip
_LABELS = {"down": 2, "disrupted": 3, "notice": 4}
_PLANNED = r"[^\n]*(maintenance|brownout|upgrade to|version update|migrat(e|ion)|update of the)"
_WORST = r"stopped creating blocks|supply-chain attack|compromised self-hosted|patient zero|fatal flaw|chain stall"
_BAD = (
    r"all services|total outage|complete(ly)? (outage|unavailable|broken)|all nodes|no nodes|secrets? (were|leak)"
    r"|unable to authenticate|cluster was left without|all ingress|data loss|logs? (is|are|were) .{0,12}lost"
    r"|lasting 1 hour|two days|over 14 hours|unauthorized access|destroyed|hub rendered entirely|all users"
)
_MILD = (
    r"false positive|no impact|not affected|no users? (reported|were)|negligible|near miss|only one pod|noop from our"
    r"|no downtime|not exploited on mainnet|no loss of production|nobody used it"
)


def theme_of(title: str, body: str) -> str:
    """The theme whose words occur most; "cluster" when none does."""
    scores = {
        theme: 4 * len(re.findall(words, title.lower())) + min(12, len(re.findall(words, body.lower())))
        for theme, words in THEMES.items()
    }
    best = max(scores, key=lambda theme: scores[theme])
    return best if scores[best] else "cluster"


def severity_of(labels: dict[str, str], text: str) -> int:
    """1 to 5, by the rules above."""
    if re.match(_PLANNED, text.lower()):
        return 4
    if labels.get("severity") in _LABELS:
        return _LABELS[labels["severity"]]
    lowered = text.lower()
    if re.search(_WORST, lowered):
        return 1
    if re.search(_MILD, lowered):
        return 4
    return 2 if re.search(_BAD, lowered) else 3
