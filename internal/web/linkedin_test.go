package web

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestLinkedInAddress(t *testing.T) {
	issued := time.Date(2026, 1, 31, 23, 30, 0, 0, time.FixedZone("", -60*60)) // February in UTC
	until := time.Date(2029, 12, 1, 0, 0, 0, 0, time.UTC)
	c := certification{
		Name: "R&D + Safety: 食品 \"Level 1\"", Organization: "Sample College", Issued: issued, Expires: &until,
		URL: "https://badges.college.example/badges/a_b-c", ID: "0B0E5F0C",
	}
	want := "https://www.linkedin.com/profile/add?startTask=CERTIFICATION_NAME" +
		"&name=R%26D%20%2B%20Safety%3A%20%E9%A3%9F%E5%93%81%20%22Level%201%22&organizationName=Sample%20College" +
		"&issueYear=2026&issueMonth=2&expirationYear=2029&expirationMonth=12" +
		"&certUrl=https%3A%2F%2Fbadges.college.example%2Fbadges%2Fa_b-c&certId=0B0E5F0C"
	if got := c.address(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	c.Expires = nil
	if strings.Contains(c.address(), "expiration") {
		t.Error("what does not expire has an expiration date")
	}
}

// FuzzLinkedInAddress: whatever a badge is named, the link has no plus sign, and its
// parameters are the facts.
func FuzzLinkedInAddress(f *testing.F) {
	f.Add("Food Hygiene", "Sample College")
	f.Add("a+b&certUrl=https://evil.example#", "\x00\u202e%20")
	f.Fuzz(func(t *testing.T, name, organization string) {
		c := certification{Name: name, Organization: organization, Issued: time.Unix(0, 0), URL: testBase, ID: "1"}
		address := c.address()
		if strings.ContainsAny(address, "+ <>\"'#") {
			t.Fatalf("%q", address)
		}
		u, err := url.Parse(address)
		if err != nil || u.Host != "www.linkedin.com" {
			t.Fatalf("%v: %q", err, address)
		}
		q := u.Query()
		if q.Get("name") != name || q.Get("organizationName") != organization || q.Get("certUrl") != testBase {
			t.Fatalf("%q", q)
		}
	})
}
