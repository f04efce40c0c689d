"""Asking Errata over HTTP: one request, its JSON, or the sentence that says why not."""

from collections.abc import Iterator
from typing import Any

import httpx2

from cli.signing_in import Credentials, credentials
from cli.stopping import NotSignedIn, Refused, Unreachable

PATIENCE = httpx2.Timeout(20, connect=5)
# Redirects are not followed: a token goes where its owner said, nowhere else.
HEADERS = {"Accept": "application/json", "User-Agent": "errata-cli", "X-Errata-Client": "cli"}


class Errata:
    """An installation, asked as one person."""

    def __init__(self, chosen: Credentials | None = None) -> None:
        """Without credentials, those that count now; raises NotSignedIn when there are none."""
        chosen = chosen or credentials()
        self.url = chosen.url
        headers = {**HEADERS, "Authorization": f"Bearer {chosen.token}"}
        self.client = httpx2.Client(base_url=f"{chosen.url}/api/v1/", headers=headers, timeout=PATIENCE)

    def get(self, path: str, **query: Any) -> Any:
        """What is there; a query of None is not sent."""
        return self._ask("GET", path, params={key: value for key, value in query.items() if value is not None})

    def post(self, path: str, **body: Any) -> Any:
        """Do it; a value of None is not sent."""
        return self._ask("POST", path, json={key: value for key, value in body.items() if value is not None})

    def _ask(self, method: str, path: str, **content: Any) -> Any:
        try:
            answer = self.client.request(method, path, **content)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            reason = str(error) or type(error).__name__
            raise Unreachable(f"{self.url} does not answer: {reason}") from None
        _judge(answer, self.url)
        try:
            return answer.json()
        except ValueError:
            raise Unreachable(f"{self.url} does not answer as Errata does.") from None


def _judge(answer: httpx2.Response, url: str) -> None:
    if answer.is_success:
        return
    if answer.is_redirect:
        raise Unreachable(f"{url} sends elsewhere, to {answer.headers.get('Location', '?')}. Give that address.")
    if answer.status_code >= 500:
        raise Unreachable(f"{url} cannot answer now: {answer.status_code} {answer.reason_phrase}")
    raise (NotSignedIn if answer.status_code == 401 else Refused)(_sentence(answer))


def _sentence(answer: httpx2.Response) -> str:
    """What problem details (RFC 9457) say; with errors by field, those."""
    try:
        problem = answer.json()
    except ValueError:
        problem = None
    if not isinstance(problem, dict):
        return f"Refused: {answer.status_code} {answer.reason_phrase}"
    if answer.status_code == 404:
        return "There is nothing like that, or you may not see it."
    return "\n".join(_by_field(problem.get("errors"))) or str(problem.get("detail", answer.reason_phrase))


def _by_field(errors: Any, name: str = "") -> Iterator[str]:
    if isinstance(errors, dict):
        for key, inner in errors.items():
            yield from _by_field(inner, "" if key == "non_field_errors" else str(key))
    elif isinstance(errors, list):
        for inner in errors:
            yield from _by_field(inner, name)
    elif errors:
        yield f"{name}: {errors}" if name else str(errors)
