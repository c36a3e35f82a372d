package web

import (
	"io"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func TestMarkdown(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"plain":            {"Pass **it**.", "<p>Pass <strong>it</strong>.</p>"},
		"heading":          {"# Big", "<p><strong>Big</strong></p>"},
		"raw html":         {"a <b onclick=x>b</b>\n\n<script>alert(1)</script>", "<p>a b</p>"},
		"https link":       {"[x](https://college.example/a)", `<p><a href="https://college.example/a" rel="nofollow noopener noreferrer">x</a></p>`},
		"http link":        {"[x](http://college.example)", "<p>x</p>"},
		"script link":      {"[x](javascript:alert(1)) [y](JaVaScript:alert(1)) [z](data:text/html,x)", "<p>x y z</p>"},
		"relative link":    {"[x](/my/token) [y](//evil.example)", "<p>x y</p>"},
		"user in link":     {"[x](https://college.example@evil.example/)", "<p>x</p>"},
		"autolink":         {"<https://college.example>", `<p><a href="https://college.example" rel="nofollow noopener noreferrer">https://college.example</a></p>`},
		"bad autolink":     {"<http://college.example> <a@college.example>", "<p>http://college.example a@college.example</p>"},
		"picture":          {"![alt *x*](https://evil.example/p.png)", "<p>alt <em>x</em></p>"},
		"picture in link":  {"[![alt](https://evil.example/p.png)](https://college.example)", `<p><a href="https://college.example" rel="nofollow noopener noreferrer">alt</a></p>`},
		"link title":       {`[x](https://college.example "say \"hi\"")`, `<p><a href="https://college.example" rel="nofollow noopener noreferrer">x</a></p>`},
		"bidi":             {"a\u202eb\u2066c", "<p>abc</p>"},
		"reference":        {"[x][1]\n\n[1]: javascript:alert(1)", "<p>x</p>"},
		"link in a header": {"## [x](javascript:a) y", "<p><strong>x y</strong></p>"},
		"empty":            {"", ""},
	} {
		if got := strings.TrimSpace(string(renderMarkdown(c.in))); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestMarkdownIsCut(t *testing.T) {
	if got := renderMarkdown(strings.Repeat("é", maxMarkdown)); len(got) > maxMarkdown+100 || !strings.Contains(string(got), "…") {
		t.Errorf("%d bytes", len(got))
	}
}

// tags are all that a narrative may become.
var tags = map[string]bool{
	"p": true, "strong": true, "em": true, "a": true, "ul": true, "ol": true, "li": true, "blockquote": true,
	"code": true, "pre": true, "hr": true, "br": true,
}

// FuzzMarkdown: whatever a narrative says, the page gets only known elements without
// handlers, and links to https addresses.
func FuzzMarkdown(f *testing.F) {
	for _, seed := range []string{"# a\n- b\n1. c\n> d\n", "<script>x</script>", "[a](javascript:b)", "![a](b)", "<a:b>", "`x`\n\n    y\n---\n", "[a]: b\n[a]", "\\<b>&lt;i&gt;&#106;"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, narrative string) {
		rendered := string(renderMarkdown(narrative))
		reader := html.NewTokenizer(strings.NewReader(rendered))
		for {
			kind := reader.Next()
			if kind == html.ErrorToken {
				if err := reader.Err(); err != io.EOF {
					t.Fatal(err)
				}
				return
			}
			if kind == html.TextToken || kind == html.EndTagToken {
				continue
			}
			token := reader.Token()
			if !tags[token.Data] {
				t.Fatalf("%s in %q", token, rendered)
			}
			for _, a := range token.Attr {
				known := token.Data == "a" && (a.Key == "rel" || a.Key == "href" && isHTTPS(a.Val)) ||
					token.Data == "ol" && a.Key == "start" || token.Data == "code" && a.Key == "class"
				if !known {
					t.Fatalf("%s in %q", token, rendered)
				}
			}
		}
	})
}
