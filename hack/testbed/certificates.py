"""A certificate authority of our own for one cluster, made with the openssl command: strict TLS everywhere."""

import subprocess
from pathlib import Path

from .trouble import Trouble

DAYS = "3650"
SERVER_NAMES = ("IP:127.0.0.1,DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,"
                "DNS:kubernetes.default.svc.cluster.local,IP:10.0.0.1")


def openssl(*arguments: str, folder: Path) -> None:
    done = subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Trouble(f"openssl {arguments[0]} failed: {done.stderr.strip()}")


def make_key(folder: Path, name: str) -> None:
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{name}.key", folder=folder)
    (folder / f"{name}.key").chmod(0o600)


def make_authority(folder: Path) -> None:
    make_key(folder, "ca")
    openssl("req", "-x509", "-new", "-key", "ca.key", "-out", "ca.crt", "-days", DAYS, "-subj", "/CN=test-bed-ca",
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign",
            folder=folder)


def make_certificate(folder: Path, name: str, subject: str, extensions: list[str]) -> None:
    make_key(folder, name)
    settings = folder / f"{name}.ext"
    settings.write_text("\n".join(["basicConstraints=CA:FALSE", "keyUsage=digitalSignature", *extensions]) + "\n",
                        encoding="ascii")
    openssl("req", "-new", "-key", f"{name}.key", "-subj", subject, "-out", f"{name}.csr", folder=folder)
    openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", DAYS,
            "-extfile", settings.name, "-out", f"{name}.crt", folder=folder)


def make_client(folder: Path, name: str, user: str, group: str = "") -> None:
    subject = (f"/O={group}" if group else "") + f"/CN={user}"
    make_certificate(folder, name, subject, ["extendedKeyUsage=clientAuth"])


def make_all(folder: Path) -> None:
    """Everything that one cluster needs, in `folder`."""
    folder.mkdir(parents=True, mode=0o700)
    make_authority(folder)
    make_certificate(folder, "server", "/CN=kube-apiserver",
                     ["extendedKeyUsage=serverAuth", f"subjectAltName={SERVER_NAMES}"])
    make_client(folder, "admin", "test-bed-admin", "system:masters")
    make_client(folder, "kwok", "test-bed-kwok", "system:masters")
    make_client(folder, "kube-controller-manager", "system:kube-controller-manager")
    make_client(folder, "kube-scheduler", "system:kube-scheduler")
    openssl("genrsa", "-out", "service-account.key", "2048", folder=folder)
