package intake

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

const samplePage = "https://vendor.example/badges/42"

// candidates are those of a page, as "kind text".
func candidates(t *testing.T, page, address string) []string {
	t.Helper()
	found, err := Read([]byte(page), Options{Address: address})
	sound(t, found, err)
	if errors.Is(err, ErrNoCredential) {
		return nil
	}
	if err != nil || found.Kind != HTML {
		t.Fatalf("%.80q: %+v, %v", page, found, err)
	}
	var texts []string
	for _, item := range found.Items {
		texts = append(texts, string(item.Kind)+" "+string(item.Text))
	}
	return texts
}

func TestPage(t *testing.T) {
	html := func(inside string) string {
		return "<!DOCTYPE html>\n<html><head>" + inside + "</head><body></body></html>"
	}
	for name, test := range map[string]struct {
		page string
		want []string
	}{
		"link":             {html(`<link rel="alternate" type="application/vc" href="/a">`), []string{"link https://vendor.example/a"}},
		"relative":         {html(`<link rel=alternate type="Application/LD+JSON; charset=utf-8" href="42.json#x">`), []string{"link https://vendor.example/badges/42.json"}},
		"base":             {html(`<base href="https://other.example/x/"><LINK REL="ALTERNATE nofollow" TYPE=application/json HREF=42.json>`), []string{"link https://other.example/x/42.json"}},
		"entities":         {html(`<link rel=alternate type=application/vc href="/a?b=1&amp;c=2">`), []string{"link https://vendor.example/a?b=1&c=2"}},
		"block":            {html(`<script type="application/ld+json"> ` + sampleJSON + `</script>`), []string{"json " + sampleJSON}},
		"block of 2.0":     {html(`<script type="application/ld+json">{"@context":"https://w3id.org/openbadges/v2","type":"Assertion"}</script>`), []string{`json {"@context":"https://w3id.org/openbadges/v2","type":"Assertion"}`}},
		"token block":      {html(`<script type="application/vc+jwt">` + sampleToken + `</script>`), []string{"jws " + sampleToken}},
		"pictures":         {html(`<meta property="og:image" content="/b.PNG?s=1"><img src=/c.svg><img src=/d.gif>`), []string{"link https://vendor.example/b.PNG?s=1", "link https://vendor.example/c.svg"}},
		"pictures by name": {html(`<meta name="twitter:image" content="/b.png"><meta name="image" content="/c.png">`), []string{"link https://vendor.example/b.png"}},
		"twice":            {html(`<img src=/c.svg><img src=/c.svg><meta property=og:image content=https://vendor.example/c.svg>`), []string{"link https://vendor.example/c.svg"}},
		"likeliest first": {html(`<img src=/i.png><meta property=og:image content=/o.png><link rel=alternate type=application/json href=/j><link rel=alternate type=application/vc+ld+json href=/v><script type=application/ld+json>` + sampleJSON + `</script>`),
			[]string{"json " + sampleJSON, "link https://vendor.example/v", "link https://vendor.example/j", "link https://vendor.example/o.png", "link https://vendor.example/i.png"}},
		"XHTML": {`<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><link rel="alternate" type="application/vc" href="/a"/></html>`, []string{"link https://vendor.example/a"}},
		"mark":  {"\ufeff" + html(`<link rel=alternate type=application/vc href=/a>`), []string{"link https://vendor.example/a"}},

		"nothing":             {html(`<a href="/a.json">badge</a>`), nil},
		"feeds":               {html(`<link rel=alternate type=application/rss+xml href=/f><link rel=alternate type=application/json+oembed href=/o><link rel=stylesheet type=application/json href=/s>`), nil},
		"other schemes":       {html(`<link rel=alternate type=application/vc href="javascript:alert(1)"><link rel=alternate type=application/vc href="data:application/vc,{}"><img src="file:///a.png"><img src="https://a:b@c.example/d.png"><base href="ftp://a.example/"><img src=e.png>`), []string{"link https://vendor.example/badges/e.png"}},
		"of the page itself":  {html(`<script type="application/ld+json">{"@context":"https://schema.org","@type":"WebPage"}</script>`), nil},
		"duplicate members":   {html(`<script type="application/ld+json">{"@context":"a","type":"Assertion","type":"Assertion"}</script>`), nil},
		"a program":           {html(`<script>` + sampleJSON + `</script><script type=module>` + sampleJSON + `</script>`), nil},
		"link in a program":   {html(`<script type="application/ld+json">` + sampleLink + `</script>`), nil},
		"in a comment":        {html(`<!-- <link rel=alternate type=application/vc href=/a> -->`), nil},
		"in a text":           {html(`<textarea><link rel=alternate type=application/vc href=/a></textarea>`), nil},
		"after a script ends": {html(`<script type="application/ld+json"></script>` + sampleJSON), nil},
		"long address":        {html(`<link rel=alternate type=application/vc href=/` + strings.Repeat("a", maxLink) + `>`), nil},
	} {
		t.Run(name, func(t *testing.T) {
			if got := candidates(t, test.page, samplePage); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	for _, address := range []string{"", ":", "mailto:a@b.example"} {
		page := html(`<link rel=alternate type=application/vc href=/a><link rel=alternate type=application/vc href=https://a.example/b>`)
		if got := candidates(t, page, address); !slices.Equal(got, []string{"link https://a.example/b"}) {
			t.Errorf("at %q: %q", address, got)
		}
	}
}

func TestPageIsBounded(t *testing.T) {
	var many strings.Builder
	for n := range 20_000 {
		fmt.Fprintf(&many, "<img src=/%d.png><link rel=alternate type=application/json href=/%d>", n, n)
	}
	within(t, 64<<20, func() {
		if got := candidates(t, "<html>"+many.String(), samplePage); len(got) != maxCandidates || got[0] != "link https://vendor.example/0" {
			t.Errorf("%q", got)
		}
	})
	refuses(t, []byte("<html>"+strings.Repeat(" ", maxPage)), ErrTooLarge)
	within(t, 128<<20, func() { refuses(t, []byte("<html><a "+strings.Repeat("b ", maxPage/2-8)), ErrNoCredential) })
	within(t, 128<<20, func() { refuses(t, []byte("<html><a "+strings.Repeat("b ", maxPage/2-8)+">"), ErrNoCredential) })
	for _, unit := range []string{"<a ", "<a b=", "<!--", "<script>", "<script type=application/ld+json>{", "<", "&amp;", "<a b "} {
		within(t, 256<<20, func() { refuses(t, []byte("<html>"+strings.Repeat(unit, 1<<20/len(unit))), ErrNoCredential) })
	}
}

func FuzzPage(f *testing.F) {
	f.Add("<link rel=alternate type=application/vc href=a>", samplePage)
	f.Add("<base href=//b.example><img src=c.png><script type=application/ld+json>"+sampleJSON+"</script>", "")
	f.Fuzz(func(t *testing.T, inside, address string) {
		found, err := Read([]byte("<html>"+inside), Options{Address: address})
		sound(t, found, err)
		if err == nil && found.Kind != HTML {
			t.Fatal(found.Kind)
		}
	})
}
