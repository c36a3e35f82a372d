package fetch

import (
	"net/netip"
	"testing"
)

func TestAddresses(t *testing.T) {
	const (
		public  = "public"
		private = "private" // with permission
		never   = "never"
	)
	tests := []struct{ addr, want string }{
		{"1.1.1.1", public}, {"8.8.8.8", public}, {"93.184.216.34", public}, {"223.255.255.255", public},
		{"172.15.255.255", public}, {"172.32.0.0", public}, {"100.63.255.255", public}, {"100.128.0.0", public},
		{"2606:4700:4700::1111", public}, {"2001:4860:4860::8888", public}, {"2a00:1450::1", public},
		{"64:ff9b::8.8.8.8", public},

		{"127.0.0.1", private}, {"127.255.255.255", private}, {"::1", private},
		{"10.0.0.1", private}, {"172.16.0.1", private}, {"172.31.255.255", private}, {"192.168.1.1", private},
		{"100.64.0.1", private}, {"100.127.255.255", private},
		{"fc00::1", private}, {"fd12:3456::1", private},

		{"0.0.0.0", never}, {"0.1.2.3", never}, {"169.254.169.254", never}, {"169.254.0.1", never},
		{"168.63.129.16", never}, {"100.100.100.200", never}, {"fd00:ec2::254", never}, {"fd20:ce::254", never},
		{"192.0.0.192", never}, {"192.0.2.1", never}, {"198.51.100.1", never}, {"203.0.113.1", never},
		{"192.88.99.1", never}, {"198.18.0.1", never}, {"198.19.255.255", never},
		{"224.0.0.1", never}, {"239.255.255.255", never}, {"240.0.0.1", never}, {"255.255.255.255", never},
		{"::", never}, {"::8.8.8.8", never}, {"::ffff:8.8.8.8", never}, {"::ffff:127.0.0.1", never},
		{"::ffff:10.0.0.1", never}, {"::ffff:0:8.8.8.8", never},
		{"64:ff9b::127.0.0.1", never}, {"64:ff9b::10.0.0.1", never}, {"64:ff9b::169.254.169.254", never},
		{"64:ff9b:1::8.8.8.8", never}, {"64:ff9b:1::1", never},
		{"100::1", never}, {"2001::1", never}, {"2001:2::1", never}, {"2001:10::1", never}, {"2001:20::1", never},
		{"2001:db8::1", never}, {"2002:808:808::1", never}, {"2002:7f00:1::1", never}, {"3fff::1", never},
		{"4000::1", never}, {"5f00::1", never}, {"fe80::1", never}, {"fec0::1", never}, {"ff02::1", never},
		{"fd12::1%eth0", never}, {"2606:4700::1%eth0", never},
	}
	for _, test := range tests {
		a := netip.MustParseAddr(test.addr)
		if got := isPublic(a); got != (test.want == public) {
			t.Errorf("isPublic(%s) = %v", a, got)
		}
		if got := isPublicOrPrivate(a); got != (test.want != never) {
			t.Errorf("isPublicOrPrivate(%s) = %v", a, got)
		}
	}
	if isPublic(netip.Addr{}) || isPublicOrPrivate(netip.Addr{}) {
		t.Error("the zero address is accepted")
	}
	if isLoopback(netip.MustParseAddr("::ffff:127.0.0.1")) {
		t.Error("a mapped address counts as loopback")
	}
}

func TestControl(t *testing.T) {
	check := control(isPublic)
	for _, test := range []struct {
		network, address string
		ok               bool
	}{
		{"tcp4", "8.8.8.8:443", true},
		{"tcp6", "[2606:4700::1]:443", true},
		{"tcp4", "127.0.0.1:443", false},
		{"udp4", "8.8.8.8:443", false},
		{"unix", "/run/socket", false},
		{"tcp4", "localhost:443", false},
	} {
		if err := check(test.network, test.address, nil); (err == nil) != test.ok {
			t.Errorf("%s %s: %v", test.network, test.address, err)
		}
	}
}
