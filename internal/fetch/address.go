package fetch

import (
	"net/netip"
	"syscall"
)

// IPv4 has no prefix for "globally reachable unicast", so it is class A to C
// without the blocks that IANA lists as special purpose and not globally
// reachable, and without addresses that clouds keep for themselves.
// Source: IANA IPv4 Special-Purpose Address Registry (RFC 6890).
var special4 = prefixes(
	"0.0.0.0/8",        // this network
	"10.0.0.0/8",       // private
	"100.64.0.0/10",    // shared, carrier-grade NAT
	"127.0.0.0/8",      // loopback
	"168.63.129.16/32", // Azure's host agent, on a public address
	"169.254.0.0/16",   // link-local, cloud metadata
	"172.16.0.0/12",    // private
	"192.0.0.0/24",     // IETF protocol assignments, NAT64 discovery
	"192.0.2.0/24",     // documentation
	"192.31.196.0/24",  // AS112
	"192.52.193.0/24",  // AMT
	"192.88.99.0/24",   // 6to4 relays, deprecated
	"192.168.0.0/16",   // private
	"192.175.48.0/24",  // AS112
	"198.18.0.0/15",    // benchmarking
	"198.51.100.0/24",  // documentation
	"203.0.113.0/24",   // documentation
	"224.0.0.0/4",      // multicast
	"240.0.0.0/4",      // reserved, broadcast
)

// In IPv6 only 2000::/3 is global unicast (RFC 4291 §2.4, RFC 3587); these
// parts of it are not, or carry another address inside.
// Source: IANA IPv6 Special-Purpose Address Registry (RFC 6890).
var (
	global6  = netip.MustParsePrefix("2000::/3")
	special6 = prefixes(
		"2001::/23",         // IETF protocol assignments: Teredo, ORCHID, benchmarking
		"2001:db8::/32",     // documentation
		"2002::/16",         // 6to4: an IPv4 address inside
		"2620:4f:8000::/48", // AS112
		"3fff::/20",         // documentation
	)
	// The well-known prefix of NAT64 (RFC 6052 §2.1) is how an IPv6-only host
	// sees the IPv4 world; the address inside decides. The local-use prefix
	// 64:ff9b:1::/48 (RFC 8215) leads inside and is never accepted.
	nat64 = netip.MustParsePrefix("64:ff9b::/96")
)

// What AllowPrivateNetwork adds, and what not even that reaches.
var (
	privateNets = prefixes(
		"127.0.0.0/8", "::1/128", // loopback
		"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", // RFC 1918
		"100.64.0.0/10", // RFC 6598
		"fc00::/7",      // RFC 4193
	)
	metadata = prefixes(
		"100.100.100.200/32", // Alibaba Cloud
		"fd00:ec2::/32",      // Amazon
		"fd20:ce::254/128",   // Google Cloud
	)
)

func prefixes(texts ...string) []netip.Prefix {
	list := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		list[i] = netip.MustParsePrefix(text)
	}
	return list
}

func within(list []netip.Prefix, a netip.Addr) bool {
	for _, p := range list {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// isPublic reports whether a is globally reachable unicast. IPv4-mapped and
// scoped addresses are not: nothing that dials spells an address so.
func isPublic(a netip.Addr) bool {
	switch {
	case !a.IsValid(), a.Is4In6(), a.Zone() != "":
		return false
	case a.Is4():
		return !within(special4, a)
	case nat64.Contains(a):
		b := a.As16()
		return isPublic(netip.AddrFrom4([4]byte(b[12:])))
	}
	return global6.Contains(a) && !within(special6, a)
}

// isPublicOrPrivate is isPublic, widened as AllowPrivateNetwork describes.
func isPublicOrPrivate(a netip.Addr) bool {
	if isPublic(a) {
		return true
	}
	return a.Zone() == "" && within(privateNets, a) && !within(metadata, a)
}

func isLoopback(a netip.Addr) bool {
	return !a.Is4In6() && a.IsLoopback()
}

// control makes the last check before a socket connects: by then names are
// resolved and the address is the one that will be dialled.
func control(permit func(netip.Addr) bool) func(network, address string, _ syscall.RawConn) error {
	return func(network, address string, _ syscall.RawConn) error {
		ap, err := netip.ParseAddrPort(address)
		if err != nil || (network != "tcp4" && network != "tcp6") || !permit(ap.Addr()) {
			return ErrRefused
		}
		return nil
	}
}
