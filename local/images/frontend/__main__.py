"""Serve the site's page, rendered from what the backend says at the internal endpoint."""

import http.client
import json
import ssl
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from local.images import contract, server
from local.images.frontend.page import render

CONTAINER_PORT = 3000
BACKEND_TIMEOUT_SECONDS = 5
VARIABLES = (
    "CI_ENVIRONMENT_SLUG",
    "DEFAULT_STORAGE_SIZE_LIMIT_IN_BYTES",
    "JWT_PAT_SECRET_KEY",
    "JWT_SECRET_KEY",
    "ORIGIN",
    "PUBLIC_COMMIT_HASH",
    "PUBLIC_COOKIE_DOMAIN",
    "PUBLIC_ENDPOINT",
    "PUBLIC_INTERNAL_ENDPOINT",
    "PUBLIC_MAX_FILE_UPLOAD_SIZE_MiB",
    "PUBLIC_VERSION_STRING",
    "USE_GRAFANA_LOKI_LOGGER",
)
STYLE = Path(__file__).with_name("style.css").read_bytes()


class BackendError(Exception):
    """The backend gave no usable answer."""


class Frontend(server.Handler):
    """The page and its style sheet."""

    image = "frontend"
    public_endpoint: str
    internal_endpoint: str
    limit_mebibytes: int

    def get(self) -> None:
        """Answer the page; as the health check's target it needs no backend."""
        match urlsplit(self.path).path:
            case "/":
                body = self._page().encode()
                self.answer(HTTPStatus.OK, body, content_type="text/html; charset=utf-8")
            case "/style.css":
                self.answer(HTTPStatus.OK, STYLE, content_type="text/css; charset=utf-8")
            case path:
                body = f"there is nothing at {path}\n".encode()
                self.answer(HTTPStatus.NOT_FOUND, body, content_type="text/plain; charset=utf-8")

    def _page(self) -> str:
        try:
            backend = ask(self.internal_endpoint, "/api/version")
            media = ask(self.internal_endpoint, "/api/media")["media"]
            problem = None
        except BackendError as error:
            backend, media, problem = {}, [], str(error)
            print(f"frontend: {problem}", flush=True)
        return render(
            version=contract.version(),
            backend=backend,
            media=media,
            problem=problem,
            endpoint=self._endpoint(),
            limit_mebibytes=self.limit_mebibytes,
        )

    def _endpoint(self) -> str:
        """Return where the browser reaches the API: on this very host and port, unless elsewhere."""
        here = urlsplit(f"//{self.headers.get('Host', '')}").hostname
        return "" if here == urlsplit(self.public_endpoint).hostname else self.public_endpoint


def ask(endpoint: str, path: str) -> dict[str, Any]:
    """Get JSON from the backend; its certificate must be valid for the endpoint's name.

    Raises:
        BackendError: It cannot be reached, is not trusted, or answers an error.
    """
    address = urlsplit(endpoint)
    connection = http.client.HTTPSConnection(
        address.hostname or "",
        address.port,
        timeout=BACKEND_TIMEOUT_SECONDS,
        # Trusts what SSL_CERT_FILE names, else the system's roots.
        context=ssl.create_default_context(),
    )
    try:
        connection.request("GET", f"{address.path.rstrip('/')}{path}")
        response = connection.getresponse()
        body = response.read()
    except (OSError, http.client.HTTPException) as error:
        raise BackendError(f"the backend at {endpoint} cannot be reached: {error}") from error
    finally:
        connection.close()
    if response.status != HTTPStatus.OK:
        raise BackendError(f"the backend at {endpoint} answers {path} with {response.status}")
    answer: dict[str, Any] = json.loads(body)
    return answer


def main() -> None:
    """Check the environment, then serve until told to stop."""
    values = contract.environment(Frontend.image, VARIABLES)
    if urlsplit(values["PUBLIC_INTERNAL_ENDPOINT"]).scheme != "https":
        contract.stop(
            "frontend cannot start: PUBLIC_INTERNAL_ENDPOINT is"
            f" {values['PUBLIC_INTERNAL_ENDPOINT']!r}, but must begin with https://",
            code=contract.CONTRACT_BROKEN,
        )
    Frontend.internal_endpoint = values["PUBLIC_INTERNAL_ENDPOINT"]
    Frontend.public_endpoint = values["PUBLIC_ENDPOINT"].rstrip("/")
    name = "PUBLIC_MAX_FILE_UPLOAD_SIZE_MiB"
    Frontend.limit_mebibytes = contract.whole_number(Frontend.image, name, values[name])
    server.serve(Frontend, container_port=CONTAINER_PORT)


if __name__ == "__main__":
    main()
