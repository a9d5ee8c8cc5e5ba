"""Confluent Cloud's API over httpx. Run alone, it tries your key."""

import os
import time

import httpx

HOME = "https://api.confluent.cloud"
PATIENCE = 120  # seconds; a key that a program made may take that long
A_MOMENT = 15  # seconds; a key that you made yourself has had its time


class Service:
    """One address and the key that opens it."""

    def __init__(self, url, key, secret, patience=PATIENCE):
        self.patience = patience
        for name, value in (("key", key), ("secret", secret)):
            if not value or "<" in value:
                raise SystemExit(f"The {name} for {url} is a placeholder.")
        self.http = httpx.Client(
            base_url=url,
            auth=(key.strip(), secret.strip()),
            timeout=30,
            trust_env=False,
        )

    def ask(self, method, path, missing_ok=False, **more):
        """Return an answer's JSON, or None of what is not there."""
        until, pause = time.monotonic() + self.patience, 0.5
        while True:
            answer = self.http.request(method, path, **more)
            early = (401,) if missing_ok else (401, 403)
            if answer.status_code not in early or time.monotonic() > until:
                break
            # A key that was just made, or its role, is not known yet.
            said = f"{answer.status_code} from {self.http.base_url.host}"
            print("waiting:", said)
            time.sleep(pause)
            pause = min(pause * 2, 10)
        if missing_ok and answer.status_code in (403, 404):
            return None
        if answer.is_error:
            raise SystemExit(f"{method} {path}: {answer.text[:300]}")
        return answer.json() if answer.content else {}

    def every(self, path, **params):
        """Yield all of a list, page by page."""
        params = {**params, "page_size": 100}
        while True:
            page = self.ask("GET", path, params=params)
            yield from page["data"]
            following = page.get("metadata", {}).get("next") or ""
            if not following:
                return
            params = dict(httpx.URL(following).params)


def sign_in():
    """Return the control plane, opened with your Cloud API key."""
    return Service(
        os.environ.get("CONFLUENT_CLOUD_REST_ENDPOINT", HOME),
        os.environ.get("CONFLUENT_CLOUD_API_KEY"),
        os.environ.get("CONFLUENT_CLOUD_API_SECRET"),
        patience=A_MOMENT,
    )


if __name__ == "__main__":
    found = list(sign_in().every("/org/v2/environments"))
    print("Environments your key sees:", len(found))
