"""The keys that certificates are signed with, and the authority that vouches for them.

They lie in ``seals.json`` beside the keys of encrypted fields, readable by their owner only::

    {"current": "s1", "authority": {"cert": PEM, "key": PEM, "test": true},
     "seals": {"s1": {"cert": PEM, "chain": [PEM …], "key": PEM, "sm2_public": hex, "sm2": hex,
                      "test": true, "made_at": …}}}

An installation makes a *test authority* for itself at set-up: its signatures prove that a file is
as this installation made it, and nothing about who runs it. A seal that a licensed authority
issued is put in its place by ``yishi seals use``. Changing a seal keeps the public part of the old
one, by which what it signed is still checked, and forgets its keys.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import gmssl_pyx
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID
from django.conf import settings

from yishi.foundation.parties.crypto import locked, write_private

AUTHORITY_NAME = "一事测试签章机构（无法律效力）"
AUTHORITY_IN_ENGLISH = "Yishi test authority, no legal effect"
SEAL_NAME = "电子证照测试签章 {name}"
AUTHORITY_YEARS, SEAL_YEARS = 20, 5


class SealError(RuntimeError):
    """The file of seals, or a seal that was handed in, cannot be used. Never holds key material."""


@dataclass(frozen=True, slots=True)
class Authority:
    """The test authority. Its repr shows no key."""

    cert: str
    key: str

    def __repr__(self) -> str:
        return "Authority()"


@dataclass(frozen=True, slots=True)
class Seal:
    """A seal: its certificate (P-256), those above it, its keys (empty once it was changed), and
    the public SM2 key (64 bytes, hex). ``test``: by the test authority."""

    name: str
    cert: str
    key: str
    sm2_public: str
    sm2: str
    made_at: str
    test: bool
    chain: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Seal({self.name})"

    def certificate(self) -> x509.Certificate:
        """The certificate of the seal's P-256 key."""
        return x509.load_pem_x509_certificate(self.cert.encode())

    def private_key(self) -> ec.EllipticCurvePrivateKey:
        """The P-256 key. Raises `SealError` for a seal that was changed."""
        if not self.key:
            raise SealError(f"the keys of seal {self.name} are gone")
        return _p256(self.key.encode())


@dataclass(frozen=True, slots=True)
class Seals:
    """An immutable reading of the file."""

    current: Seal
    seals: Mapping[str, Seal]
    authority: Authority

    def anchors(self) -> list[x509.Certificate]:
        """Whom a signature in a file must lead to: the top of each seal's chain."""
        tops = {seal.chain[-1] if seal.chain else seal.cert for seal in self.seals.values()}
        return [x509.load_pem_x509_certificate(text.encode()) for text in sorted(tops)]


def path() -> Path:
    """The file of seals."""
    return Path(settings.YISHI_KEYS_FILE).with_name("seals.json")


_loaded: dict[str, tuple[tuple[int, int, int], Seals]] = {}


def seals() -> Seals:
    """The seals, read anew when the file changed (1 ``stat`` a call), made if there are none."""
    name = os.fspath(path())
    try:
        seen = _stamp(name)
    except FileNotFoundError:
        _create(datetime.now(UTC))
        seen = _stamp(name)
    loaded = _loaded.get(name)
    if loaded is None or loaded[0] != seen:
        loaded = _loaded[name] = (seen, parse(path().read_text()))
    return loaded[1]


def parse(text: str) -> Seals:
    """Read the file's text. Raises :class:`SealError`."""
    try:
        raw = json.loads(text)
        found = {
            name: Seal(name=name, **{**said, "chain": tuple(said["chain"])})
            for name, said in raw["seals"].items()
        }
        return Seals(found[raw["current"]], found, Authority(**raw["authority"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SealError("the file of seals is malformed") from error


def rotate(now: datetime) -> Seal:
    """Make a fresh seal by the test authority the current one; the keys of the old one are
    forgotten, what it signed stays valid."""
    seals()
    with locked(path()):
        known = parse(path().read_text())
        fresh = _fresh(_next_name(known), known.authority, now)
        _store(_changed(known, fresh))
    return fresh


def use(cert: bytes, key: bytes, chain: bytes, now: datetime) -> Seal:
    """Make a seal by another authority the current one: its certificate, its P-256 key and the
    certificates above it (the authority's own last), all PEM.

    Raises :class:`SealError` when they do not belong together, or the term has ended.
    """
    try:
        own, secret = x509.load_pem_x509_certificate(cert), _p256(key)
        above = x509.load_pem_x509_certificates(chain) if chain.strip() else []
    except (ValueError, TypeError) as error:
        raise SealError("not PEM, or a kind of key that is not read") from error
    if own.public_key() != secret.public_key():
        raise SealError("the key is not the certificate's")
    if not own.not_valid_before_utc <= now <= own.not_valid_after_utc:
        raise SealError("the certificate's term has not begun or has ended")
    below = own
    for one in above:
        try:
            below.verify_directly_issued_by(one)
        except (ValueError, TypeError, InvalidSignature) as error:
            raise SealError("the chain does not lead from the certificate upwards") from error
        below = one
    seals()
    with locked(path()):
        known = parse(path().read_text())
        public, private = gmssl_pyx.sm2_key_generate()
        fresh = Seal(
            _next_name(known),
            _pem(own),
            _key_pem(secret),
            public.hex(),
            private.hex(),
            now.astimezone(UTC).isoformat(timespec="seconds"),
            False,
            tuple(_pem(one) for one in above),
        )
        _store(_changed(known, fresh))
    return fresh


def _changed(known: Seals, fresh: Seal) -> Seals:
    old = {name: replace(seal, key="", sm2="") for name, seal in known.seals.items()}
    return Seals(fresh, {**old, fresh.name: fresh}, known.authority)


def _next_name(known: Seals) -> str:
    return f"s{len(known.seals) + 1}"


def _create(now: datetime) -> None:
    with locked(path()):
        if path().exists():
            return
        authority = _authority(now)
        first = _fresh("s1", authority, now)
        _store(Seals(first, {first.name: first}, authority))


def _store(known: Seals) -> None:
    found = {}
    for name, seal in known.seals.items():
        found[name] = {key: value for key, value in asdict(seal).items() if key != "name"}
    raw = {"current": known.current.name, "authority": asdict(known.authority), "seals": found}
    write_private(path(), json.dumps(raw, indent=1, ensure_ascii=False))


def _authority(now: datetime) -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _called(AUTHORITY_NAME)
    builder = _begun(name, name, key.public_key(), now, AUTHORITY_YEARS)
    cert = (
        builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(ca=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Authority(_pem(cert), _key_pem(key))


def _fresh(name: str, authority: Authority, now: datetime) -> Seal:
    key, above = ec.generate_private_key(ec.SECP256R1()), _p256(authority.key.encode())
    issuer = x509.load_pem_x509_certificate(authority.cert.encode())
    builder = _begun(
        _called(SEAL_NAME.format(name=name)), issuer.subject, key.public_key(), now, SEAL_YEARS
    )
    cert = (
        builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(ca=False), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(above.public_key()), critical=False
        )
        .sign(above, hashes.SHA256())
    )
    public, private = gmssl_pyx.sm2_key_generate()
    made_at = now.astimezone(UTC).isoformat(timespec="seconds")
    texts = (_pem(cert), _key_pem(key), public.hex(), private.hex(), made_at)
    return Seal(name, *texts, True, (authority.cert,))


def _begun(
    subject: x509.Name,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey,
    now: datetime,
    years: int,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * years))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _called(name: str) -> x509.Name:
    organisation = x509.NameAttribute(NameOID.ORGANIZATION_NAME, AUTHORITY_IN_ENGLISH)
    return x509.Name([organisation, x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=not ca,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


def _p256(pem: bytes) -> ec.EllipticCurvePrivateKey:
    key = load_pem_private_key(pem, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise SealError("a seal's key must be of the curve P-256")
    return key


def _pem(cert: x509.Certificate) -> str:
    return cert.public_bytes(Encoding.PEM).decode()


def _key_pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _stamp(name: str) -> tuple[int, int, int]:
    state = os.stat(name)
    return state.st_mtime_ns, state.st_ino, state.st_size
