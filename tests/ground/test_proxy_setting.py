"""The `proxy` of an environment file: what it may say, and whom it spares."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from loadtests.config.base import Strict
from loadtests.config.document import Document
from loadtests.config.proxy import Proxy
from loadtests.config.source import as_model
from loadtests.errors import ConfigError
from loadtests.load.gateway import Gateway


def test_a_url_alone_is_enough_and_8080_is_meant_where_no_port_is_written() -> None:
    proxy = Proxy.model_validate("http://proxy.contoso.test")
    assert (proxy.address, proxy.name) == (("proxy.contoso.test", 8080), "http://proxy.contoso.test:8080")
    assert Proxy.model_validate("http://[::1]:3128/").name == "http://[::1]:3128"
    assert Proxy.model_validate_json(proxy.model_dump_json()) == proxy


@pytest.mark.parametrize(
    ("host", "served"),
    [
        ("crm.contoso.test", False),
        ("CRM.Contoso.Test", False),
        ("contoso.test", False),
        ("notcontoso.test", True),
        ("sts.fabrikam.test", False),
        ("10.1.2.3", False),
        ("11.1.2.3", True),
        ("192.168.7.9", False),
        ("fd00::7", False),
        ("contoso.crm4.dynamics.com", True),
    ],
)
def test_no_proxy_spares_names_with_all_below_them_addresses_and_networks(host: str, served: bool) -> None:
    spared = ("contoso.test", "*.fabrikam.test", "10.0.0.0/8", "192.168.7.9", "fd00::/8")
    assert Proxy(url="http://proxy.contoso.test:3128", no_proxy=spared).serves(host) is served


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"url": "https://proxy.contoso.test:8443"}, "must be http://host:port"),
        ({"url": "socks5://proxy.contoso.test:1080"}, "must be http://host:port"),
        ({"url": "http://wpad.contoso.test/wpad.dat"}, "must be http://host:port"),
        ({"url": "http://proxy.contoso.test:99999"}, "must be http://host:port"),
        ({"url": "http://anna:hunter2@proxy.contoso.test"}, "`user: NAME` and `secret: VARIABLE`"),
        ({"url": "http://proxy.contoso.test", "user": "anna"}, "go together"),
        ({"url": "http://proxy.contoso.test", "no_proxy": ["10.0.0.0/99"]}, "not '10.0.0.0/99'"),
        ({"url": "http://proxy.contoso.test", "no_proxy": ["https://crm.contoso.test"]}, "host names"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(given: dict[str, object], reason: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Proxy.model_validate(given)
    assert reason in str(caught.value.errors()[0]["msg"])


class _File(Strict):
    proxy: Proxy


def test_a_password_in_the_url_is_not_repeated_by_the_message_that_refuses_it() -> None:
    for given in ("http://anna:hunter2@proxy.contoso.test", {"url": "http://anna:hunter2@proxy.contoso.test"}):
        with pytest.raises(ConfigError) as caught:
            as_model(_File, Document(Path("site.yaml"), {"proxy": given}, {}))
        assert "secret: VARIABLE" in str(caught.value) and "hunter2" not in str(caught.value)


def test_a_gateways_text_form_shows_no_password() -> None:
    gateway = Gateway(Proxy(url="http://proxy.contoso.test", user="anna", secret="P"), "hunter2")
    assert gateway.authorization == "Basic YW5uYTpodW50ZXIy"
    assert "YW5uYTpodW50ZXIy" not in repr(gateway) and "hunter2" not in repr(gateway)


def test_a_password_in_the_place_of_its_variable_is_not_repeated_by_the_message_that_refuses_it() -> None:
    given = {"url": "http://proxy.contoso.test", "user": "anna", "secret": "hunter2!"}
    with pytest.raises(ConfigError) as caught:
        as_model(_File, Document(Path("site.yaml"), {"proxy": given}, {}))
    assert "must be the name of a variable" in str(caught.value) and "hunter2" not in str(caught.value)
