"""Which addresses no server may reach."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhub.engines.local import reach

NOBODY: frozenset = frozenset()
DOCUMENTATION = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")


@pytest.mark.parametrize(
    "address",
    [
        *("10.1.2.3", "127.0.0.1", "169.254.169.254", "172.31.0.1", "192.168.1.1", "100.64.0.1", "198.18.0.1"),
        *("224.0.0.1", "255.255.255.255", "0.0.0.0", "::1", "fe80::1", "fd00:ec2::254", "ff02::1", "fe80::1%eth0"),
        *("::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::", "not an address", ""),
    ],
)
def test_it_is_not_public(address):
    assert not reach.public(address, NOBODY)


@pytest.mark.parametrize("address", ["151.101.0.223", "2a04:4e42::223"])
def test_it_is_public_unless_it_is_this_machine(address):
    assert reach.public(address, NOBODY)
    assert not reach.public(address, reach.around(address, None))


@given(st.ip_addresses(v=4))
def test_what_the_routes_leave_open_is_public_and_nothing_else(address):
    shut = [ipaddress.ip_network(line.split()[-1]) for line in reach.routes(NOBODY)[0]]
    if reach.public(str(address), NOBODY):
        assert not any(address in network for network in shut)
    elif not address.is_loopback and not any(address in network for network in shut):
        # Reserved for documentation, and by RFC 7723 for relays: no machine answers there.
        assert any(address in ipaddress.ip_network(text) for text in DOCUMENTATION)


def test_neighbours_count_as_this_machine_unless_they_are_everybody():
    near = reach.around("203.0.113.7", "255.255.255.0")
    assert {str(network) for network in near} == {"203.0.113.7/32", "203.0.113.0/24"}
    assert {str(network) for network in reach.around("203.0.113.7", "0.0.0.0")} == {"203.0.113.7/32"}
    assert reach.around("127.0.0.1", "255.0.0.0") == set()


def test_a_box_gets_a_subnet_that_this_machine_does_not_use():
    assert reach.slirp_subnet(NOBODY) == reach.SLIRP_SUBNETS[0]
    assert reach.slirp_subnet(reach.around("10.213.77.9", "255.255.0.0")) == reach.SLIRP_SUBNETS[1]


@given(st.sampled_from(reach.SLIRP_SUBNETS))
def test_only_gateway_and_resolver_of_the_subnet_stay_open(text):
    subnet = ipaddress.IPv4Network(text)
    rest = reach.rest_of(subnet)
    left = [str(one) for one in subnet if not any(one in network for network in rest)]
    assert left == [reach.gateway(text), reach.resolver(text)]


def test_own_addresses_of_this_machine_are_shut():
    own = reach.own_networks()
    four, six = reach.routes(own)
    for network in own:
        if str(network) not in reach.SLIRP_SUBNETS:
            assert f"route replace prohibit {network}" in (*four, *six)
