"""Tokens of OpenID Connect: those that are accepted, and attacks."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("jwt", reason="the extra `oidc` is not installed")

from model_registry.server.errors import ApiError
from model_registry.server.identity import issuer_keys
from model_registry.server.identity.fetch import Fetch, check_address
from model_registry.server.identity.issuer_keys import IssuerKeys
from model_registry.server.identity.oidc import Issuer, OIDCCallers
from tests.support.backends import Server

from .conftest import Guarded
from .issuer import AUDIENCE, FAILURES, FakeIssuer, running_issuer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Cli

WHOAMI = "/api/identity/whoami"
GRANTS = {"group:ml": "writer", "boss": "admin"}


@pytest.fixture(scope="module")
def issuer() -> Iterator[FakeIssuer]:
    with running_issuer() as found:
        yield found


@pytest.fixture(scope="module")
def second() -> Iterator[FakeIssuer]:
    with running_issuer() as found:
        yield found


@pytest.fixture(scope="module")
def served(issuer: FakeIssuer, second: FakeIssuer) -> Iterator[Guarded]:
    server = Server(
        ":memory:",
        *("--oidc-issuer", issuer.url, "--oidc-issuer", second.url, "--oidc-audience", f"other,{AUDIENCE}"),
        *("--grant", "group:ml=writer,boss=admin"),
    )
    yield Guarded(server.url, ":memory:", {})
    assert server.stop() == 0


def test_names_and_groups_have_roles(served: Guarded, issuer: FakeIssuer, second: FakeIssuer) -> None:
    found = served.send("GET", WHOAMI, token=issuer.token())
    assert found.json == {"name": "ann", "role": "writer", "way": f"oidc {issuer.url}"}
    found = served.send("GET", WHOAMI, token=second.token(sub="boss", aud=["x", "other"]))
    assert found.json == {"name": "boss", "role": "admin", "way": f"oidc {second.url}"}
    account = "system:serviceaccount:ml:train"
    refused = served.send("GET", WHOAMI, token=issuer.token(sub=account, groups=None))
    assert (refused.status, refused.message) == (
        403,
        f"caller {account!r} has no role in this registry: it needs the role reader",
    )


def attacks(issuer: FakeIssuer, second: FakeIssuer) -> dict[str, str]:
    signed = issuer.token()
    return {
        "none": issuer.unsigned(),
        "public key as secret": issuer.confused(),
        "other kind of key": issuer.with_other_kind_of_key(),
        "key of another issuer": issuer.token(key=second.key),
        "unknown issuer": issuer.token(iss="https://evil.example.org"),
        "issuer with a slash": issuer.token(iss=issuer.url + "/"),
        "no issuer": issuer.token(iss=None),
        "other audience": issuer.token(aud="grafana"),
        "no audience": issuer.token(aud=None),
        "no end": issuer.token(exp=None),
        "not yet valid": issuer.token(nbf=time.time() + 300),
        "unknown key": issuer.token(kid="nope"),
        "changed body": ".".join(
            [signed.split(".")[0], issuer.token(sub="boss").split(".")[1], signed.split(".")[2]]
        ),
        "critical header": issuer.token(headers={"crit": ["exp"], "exp": 1}),
        "path as key": issuer.token(kid="../../../etc/passwd", key=second.key),
        "keys of its own": issuer.token(
            key=second.key, kid="x", headers={"jku": f"{second.url}/keys", "x5u": f"{second.url}/keys"}
        ),
        "key in the header": issuer.token(
            key=second.key, headers={"jwk": second.documents()["/keys"]["keys"][0]}
        ),
        "endless": issuer.token(exp=float("inf")),
        "huge end": issuer.token(exp=10**400),
        "empty parts": "..",
        "no JSON": "e30.bm8.x",
        "nested": f"{'W10' * 3000}.e30.x",
    }


ATTACKS = (
    "none",
    "public key as secret",
    "other kind of key",
    "key of another issuer",
    "unknown issuer",
    "issuer with a slash",
    "no issuer",
    "other audience",
    "no audience",
    "no end",
    "not yet valid",
    "unknown key",
    "changed body",
    "critical header",
    "path as key",
    "keys of its own",
    "key in the header",
    "endless",
    "huge end",
    "empty parts",
    "no JSON",
    "nested",
)


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused_like_an_unknown_token(
    served: Guarded, issuer: FakeIssuer, second: FakeIssuer, attack: str
) -> None:
    response = served.send("GET", WHOAMI, token=attacks(issuer, second)[attack])
    unknown = served.send("GET", WHOAMI, token="unknown")
    assert (response.status, response.data) == (unknown.status, unknown.data)


def test_an_expired_token_is_refused(served: Guarded, issuer: FakeIssuer) -> None:
    response = served.send("GET", WHOAMI, token=issuer.token(exp=time.time() - 60))
    assert (response.status, response.message) == (401, "the token has expired")
    assert served.send("GET", WHOAMI, token=issuer.token(exp=time.time() - 10)).status == 200  # leeway


@pytest.mark.parametrize("name", ["group:ml", "*"])
def test_a_name_is_no_group(served: Guarded, issuer: FakeIssuer, name: str) -> None:
    assert served.send("GET", WHOAMI, token=issuer.token(sub=name, groups=[])).status == 403


@pytest.mark.parametrize("groups", [["*"], ["group:ml"], ["boss"], [["ml"]], [None, 7]])
def test_a_group_is_no_name(served: Guarded, issuer: FakeIssuer, groups: list[object]) -> None:
    assert served.send("GET", WHOAMI, token=issuer.token(groups=groups)).status == 403


def test_a_token_names_no_address_to_fetch(served: Guarded, issuer: FakeIssuer, second: FakeIssuer) -> None:
    served.send("GET", WHOAMI, token=second.token())
    fetches = second.fetches
    for header in ("jku", "x5u"):
        token = issuer.token(key=second.key, headers={header: f"{second.url}/keys"})
        assert served.send("GET", WHOAMI, token=token).status == 401
    assert second.fetches == fetches


def test_a_token_of_a_megabyte_is_refused(served: Guarded, issuer: FakeIssuer) -> None:
    response = served.send("GET", WHOAMI, token=issuer.token(groups=["x" * 1000] * 800))
    assert response.status == 431


@pytest.mark.parametrize(
    "key",
    [
        {"kty": "EC", "crv": "unknown", "kid": "new", "x": "AA", "y": "AA"},
        *({"kty": "RSA", "kid": "new"}, {"kty": "RSA", "kid": ["new"], "n": "AA", "e": "AQAB"}),
        *({"kty": "RSA", "kid": "new", "n": 1, "e": None}, {"kty": ["RSA"]}, "new", None, [1]),
    ],
)
def test_a_key_that_cannot_be_used_harms_no_other(key: Any) -> None:
    async def use(issuer: FakeIssuer) -> None:
        callers = OIDCCallers([Issuer(issuer.url, (AUDIENCE,))], GRANTS)
        assert await callers.caller({}, issuer.token().encode()) is not None

    with running_issuer() as issuer:
        issuer.more_keys = [key]
        asyncio.run(use(issuer))


@pytest.mark.parametrize(("of_key", "is_known"), [("RS256", False), ("PS256", True), (None, True)])
def test_17_a_key_is_used_with_its_own_algorithm_alone(of_key: str | None, is_known: bool) -> None:
    async def use(issuer: FakeIssuer) -> None:
        callers = OIDCCallers([Issuer(issuer.url, (AUDIENCE,))], GRANTS)
        token = issuer.token(alg="PS256").encode()
        with contextlib.nullcontext() if is_known else pytest.raises(ApiError, match="not valid"):
            assert await callers.caller({}, token) is not None

    with running_issuer() as issuer:
        issuer.algorithm = of_key
        asyncio.run(use(issuer))


def test_a_huge_token_is_refused(served: Guarded, issuer: FakeIssuer) -> None:
    response = served.send("GET", WHOAMI, token=issuer.token(groups=["x" * 100] * 300))
    assert response.status == 401
    assert "longer than 16384 bytes" in response.message


@pytest.mark.parametrize(
    "claims", [{"sub": None}, {"sub": ""}, {"sub": 7}, {"sub": "a\nb"}, {"sub": "x" * 201}]
)
def test_a_token_without_a_usable_name_is_refused(
    served: Guarded, issuer: FakeIssuer, claims: dict[str, object]
) -> None:
    assert served.send("GET", WHOAMI, token=issuer.token(**claims)).status == 401


def test_rotated_keys_are_fetched_and_an_outage_is_survived(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issuer_keys, "_RETRY_SECONDS", 0.0)

    async def use(issuer: FakeIssuer) -> None:
        callers = OIDCCallers([Issuer(issuer.url, (AUDIENCE,))], GRANTS)

        async def name(token: str) -> str | None:
            caller = await callers.caller({}, token.encode())
            return caller and caller.name

        assert await name(issuer.token(sub="a")) == "a"
        issuer.rotate("next")
        assert await name(issuer.token(sub="b")) == "b"
        issuer.is_up = False
        monkeypatch.setattr(issuer_keys, "_FRESH_SECONDS", -1.0)
        assert await name(issuer.token(sub="c")) == "c"
        with pytest.raises(ApiError) as caught:
            await name(issuer.token(kid="third"))
        assert caught.value.status == 401

    with running_issuer() as issuer:
        asyncio.run(use(issuer))


def test_17_requests_with_a_new_key_wait_while_one_of_them_fetches_it() -> None:
    async def use(issuer: FakeIssuer) -> None:
        keys = IssuerKeys(issuer.url)
        await keys.find("first")
        issuer.rotate("next")
        keys._tried = float("-inf")  # that was some time ago
        found = await asyncio.gather(*(keys.find("next") for _ in range(20)))
        assert [key and key.id for key in found] == ["next"] * 20
        assert issuer.fetches == 2

    with running_issuer() as issuer:
        asyncio.run(use(issuer))


def test_17_few_requests_wait_for_a_slow_issuer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issuer_keys, "_TIMEOUT_SECONDS", 1.0)

    async def use(issuer: FakeIssuer) -> None:
        keys = IssuerKeys(issuer.url)
        await keys.find("first")
        issuer.failure = "slow body"
        keys._tried = float("-inf")
        found = [asyncio.ensure_future(keys.find(f"unknown {number}")) for number in range(100)]
        await asyncio.sleep(0)
        assert [one.done() for one in found] == [False] * 64 + [True] * 36
        assert await asyncio.gather(*found) == [None] * 100

    with running_issuer() as issuer:
        asyncio.run(use(issuer))


def test_an_unknown_key_does_not_make_it_fetch_for_each_request() -> None:
    async def use(issuer: FakeIssuer) -> None:
        keys = IssuerKeys(issuer.url)
        await keys.find("first")
        found = await asyncio.gather(*(keys.find(f"unknown {number}") for number in range(50)))
        assert found == [None] * 50
        assert issuer.fetches == 1

    with running_issuer() as issuer:
        asyncio.run(use(issuer))


def test_without_any_keys_it_says_that_the_issuer_is_away() -> None:
    async def use(issuer: FakeIssuer) -> None:
        issuer.is_up = False
        with pytest.raises(ApiError, match="cannot reach the issuer"):
            await IssuerKeys(issuer.url).find("first")

    with running_issuer() as issuer:
        asyncio.run(use(issuer))


@pytest.mark.parametrize("failure", FAILURES)
def test_a_failing_issuer_holds_up_unknown_keys_for_a_short_time_alone(
    monkeypatch: pytest.MonkeyPatch, failure: str
) -> None:
    monkeypatch.setattr(issuer_keys, "_RETRY_SECONDS", 0.0)
    monkeypatch.setattr(issuer_keys, "_TIMEOUT_SECONDS", 1.0)

    async def use(issuer: FakeIssuer) -> None:
        known, unknown = IssuerKeys(issuer.url), IssuerKeys(issuer.url)
        key = await known.find("first")
        issuer.failure = failure
        begin = time.monotonic()
        with pytest.raises(ApiError, match="cannot reach the issuer") as caught:
            await unknown.find("first")
        assert caught.value.status == 503
        other = asyncio.ensure_future(known.find("other"))
        await asyncio.sleep(0)
        assert await known.find("first") is key
        assert failure != "slow body" or not other.done()
        assert await other is None
        assert time.monotonic() - begin < 10
        issuer.failure = None
        assert await unknown.find("first") is not None

    with running_issuer() as issuer:
        asyncio.run(use(issuer))


@pytest.mark.parametrize(
    ("verified", "is_known"),
    [(False, False), ("false", False), ([], False), (None, True), (True, True), ("true", True)],
)
def test_an_address_that_the_issuer_has_not_verified_names_no_caller(
    issuer: FakeIssuer, verified: object, is_known: bool
) -> None:
    callers = OIDCCallers([Issuer(issuer.url, (AUDIENCE,), "email")], {"boss@example.org": "admin"})
    token = issuer.token(email="boss@example.org", email_verified=verified).encode()
    if is_known:
        caller = asyncio.run(callers.caller({}, token))
        assert caller is not None
        assert caller.name == "boss@example.org"
        return
    with pytest.raises(ApiError, match="has not verified") as caught:
        asyncio.run(callers.caller({}, token))
    assert caught.value.status == 401


@pytest.mark.parametrize(
    "url", ["http://sso.example.org", "file:///etc/passwd", "sso.example.org", "ftp://localhost"]
)
def test_an_issuer_must_have_a_safe_address(url: str) -> None:
    with pytest.raises(ValueError, match="must begin with https://"):
        check_address(url)


@pytest.mark.parametrize("target", ["http://sso.invalid/keys", "ftp://localhost/keys", "//sso.invalid/keys"])
def test_17_no_redirect_leads_to_an_address_that_is_not_safe(target: str) -> None:
    """What answers there could redirect to keys of its own, at an address that begins with https://."""
    with running_issuer() as issuer:
        issuer.redirects["/keys"] = target
        with pytest.raises(ValueError, match="must begin with https://"):
            Fetch(5).json(f"{issuer.url}/keys")


def test_17_a_redirect_to_a_safe_address_is_followed() -> None:
    with running_issuer() as issuer:
        issuer.redirects["/moved"] = f"{issuer.url}/keys"
        assert Fetch(5).json(f"{issuer.url}/moved") == issuer.documents()["/keys"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--oidc-issuer", "https://sso.example.org", "--grant", "*=reader"), "use --oidc-audience"),
        (("--oidc-issuer", "https://sso.example.org", "--oidc-audience", "r"), "use --grant"),
        (("--trusted-header", "x-user", "--grant", "*=reader"), "needs --trusted-proxies"),
        (("--grant", "ann=owner"), "is not NAME=ROLE"),
        (("--protected-aliases", "production"), "need callers with names"),
        # Options that name callers must not leave a server open because another one is missing.
        (("--oidc-audience", "r"), "need --oidc-issuer"),
        (("--oidc-ca", "ca.pem"), "need --oidc-issuer"),
        (("--named-tokens", "--oidc-name-claim", "email"), "need --oidc-issuer"),
        (("--trusted-proxies", "10.0.0.1"), "needs --trusted-header"),
        *(
            (("--trusted-header", "x-user", "--trusted-proxies", proxies), "has all addresses")
            for proxies in ("*", "0.0.0.0/0", "10.0.0.1,::/0")
        ),
        (("--grant", "*=reader"), "--grant needs --oidc-issuer or --trusted-header"),
        (("--named-tokens", "--grant", "ann=admin"), "named tokens have roles of their own"),
        (("--grant", "ann=reader,ann=admin"), "ann has two roles"),
        (("--trusted-header", "x-user:", "--trusted-proxies", "10.0.0.1"), "not the name of a header"),
    ],
)
def test_settings_that_do_not_fit_together(bare: Cli, arguments: tuple[str, ...], message: str) -> None:
    assert message in bare.fails(2, "serve", *arguments)


@pytest.mark.parametrize(
    ("content", "message"), [(None, "No such file or directory"), ("no certificate", "it is not PEM")]
)
def test_16_the_file_of_authorities_is_checked_at_the_start(
    bare: Cli, tmp_path: Path, content: str | None, message: str
) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    options = ("--oidc-issuer", "https://sso.example.org", "--oidc-audience", "r", "--grant", "*=reader")
    assert f"cannot use --oidc-ca {file}: {message}" in bare.fails(
        2, "serve", *options, "--oidc-ca", str(file)
    )
