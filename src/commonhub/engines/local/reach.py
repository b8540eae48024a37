"""Which addresses no server may ever reach: private ones, this machine's own, its neighbours', cloud metadata.

Pure, except for `own_networks`, which asks the kernel which addresses this machine has.
Sources: the IANA registries of special-purpose addresses for IPv4 and IPv6 (RFC 6890).
"""

import ipaddress
import socket
from collections.abc import Iterable

import psutil

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

PROHIBITED_V4 = (
    "0.0.0.0/8",  # "this network"
    "10.0.0.0/8",  # private
    "100.64.0.0/10",  # shared by carriers (CGNAT)
    "169.254.0.0/16",  # link-local, and every cloud's metadata
    "172.16.0.0/12",  # private
    "192.0.0.0/24",  # protocol assignments
    "192.168.0.0/16",  # private
    "198.18.0.0/15",  # benchmarks
    "224.0.0.0/4",  # multicast
    "240.0.0.0/4",  # reserved, and broadcast
)
PROHIBITED_V6 = (
    "::ffff:0:0/96",  # IPv4 in disguise
    "64:ff9b::/96",  # IPv4 through a translator
    "64:ff9b:1::/48",  # the same, local
    "100::/64",  # discard
    "2001::/32",  # Teredo: carries IPv4
    "2002::/16",  # 6to4: carries IPv4
    "fc00::/7",  # private
    "fe80::/10",  # link-local
    "fec0::/10",  # site-local of old
    "ff00::/8",  # multicast
)
# Subnets that slirp4netns may give a box; the first that this machine does not use itself is taken.
SLIRP_SUBNETS = ("10.213.77.0/24", "10.94.181.0/24", "172.29.213.0/24")
SLIRP_GATEWAY, SLIRP_RESOLVER = 2, 3  # their places in the subnet, fixed by slirp4netns
WIDEST_NEIGHBOURHOOD = {4: 8, 6: 16}  # prefix lengths: a wider "subnet" is a tunnel to everywhere, not neighbours

FIXED: tuple[Network, ...] = tuple(ipaddress.ip_network(text) for text in PROHIBITED_V4 + PROHIBITED_V6)


def own_networks() -> frozenset[Network]:
    """Every address of this machine, and the subnets it is directly connected to."""
    found: set[Network] = set()
    for addresses in psutil.net_if_addrs().values():
        for one in addresses:
            if one.family in {socket.AF_INET, socket.AF_INET6}:
                found |= around(one.address, one.netmask)
    return frozenset(found)


def around(address: str, netmask: str | None) -> set[Network]:
    """An own address and its neighbourhood as networks."""
    own = ipaddress.ip_address(address.partition("%")[0])
    if own.is_loopback:
        return set()
    found: set[Network] = {ipaddress.ip_network(own)}
    if netmask:
        length = _length(netmask)
        if length >= WIDEST_NEIGHBOURHOOD[own.version]:
            found.add(ipaddress.ip_network(f"{own}/{length}", strict=False))
    return found


def public(address: str, own: Iterable[Network]) -> bool:
    """Whether a server may be connected to this address on the public internet."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if not ip.is_global or ip.is_multicast:
        return False
    return not any(ip.version == network.version and ip in network for network in (*FIXED, *own))


def slirp_subnet(own: Iterable[Network]) -> str:
    """The subnet for a new box: one that does not overlap with any of this machine's."""
    mine = [network for network in own if isinstance(network, ipaddress.IPv4Network)]
    for text in SLIRP_SUBNETS:
        if not any(ipaddress.IPv4Network(text).overlaps(network) for network in mine):
            return text
    return SLIRP_SUBNETS[0]


def resolver(subnet: str) -> str:
    """Where slirp4netns answers names in this subnet."""
    return str(ipaddress.IPv4Network(subnet)[SLIRP_RESOLVER])


def gateway(subnet: str) -> str:
    """What slirp4netns can make this machine's own loopback, unless it is told not to."""
    return str(ipaddress.IPv4Network(subnet)[SLIRP_GATEWAY])


def routes(own: Iterable[Network], *, subnet: str = SLIRP_SUBNETS[0]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Lines for `ip -4 -batch` and for `ip -6 -batch` that shut all these networks, in a fixed order."""
    inner = ipaddress.IPv4Network(subnet)
    fixed = [*PROHIBITED_V4, *(str(network) for network in rest_of(inner))]
    extra = sorted(network for network in own if isinstance(network, ipaddress.IPv4Network) and network != inner)
    extra_v6 = sorted(network for network in own if isinstance(network, ipaddress.IPv6Network))
    return _lines([*fixed, *map(str, extra)]), _lines([*PROHIBITED_V6, *map(str, extra_v6)])


def rest_of(subnet: ipaddress.IPv4Network) -> list[ipaddress.IPv4Network]:
    """What is in slirp4netns's subnet beside its gateway and its resolver.

    It would be looked for on the machine's own network, where the same subnet may be real. These routes are more
    exact than the one to the whole subnet, so they win.
    """
    kept = ipaddress.IPv4Network(f"{subnet[SLIRP_GATEWAY]}/31")  # .2 and .3 together
    return sorted(subnet.address_exclude(kept))


def _lines(networks: list[str]) -> tuple[str, ...]:
    return tuple(f"route replace prohibit {network}" for network in dict.fromkeys(networks))


def _length(netmask: str) -> int:
    if ":" in netmask:
        return int(ipaddress.IPv6Address(netmask)).bit_count()
    return int(ipaddress.IPv4Address(netmask)).bit_count()
