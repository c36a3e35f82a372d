package web

import (
	"bytes"
	"html/template"
	"net/url"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// maxMarkdown bounds a narrative in bytes; what is longer is cut.
const maxMarkdown = 16 << 10

// markdown is the one Markdown reader: CommonMark, whose renderer leaves raw HTML out.
var markdown = sync.OnceValue(func() goldmark.Markdown {
	return goldmark.New(goldmark.WithParserOptions(
		parser.WithASTTransformers(util.Prioritized(harmless{}, 100)),
	))
})

// renderMarkdown turns a foreign narrative into HTML without raw HTML, pictures and
// headings, whose links lead to https addresses only.
func renderMarkdown(narrative string) template.HTML {
	if len(narrative) > maxMarkdown {
		narrative = narrative[:maxMarkdown]
		for !utf8.ValidString(narrative) && len(narrative) > maxMarkdown-utf8.UTFMax {
			narrative = narrative[:len(narrative)-1]
		}
		narrative += "…"
	}
	narrative = strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && hidden(r) {
			return -1
		}
		return r
	}, narrative)
	var out bytes.Buffer
	if err := markdown().Convert([]byte(narrative), &out); err != nil {
		return template.HTML(template.HTMLEscapeString(narrative))
	}
	return template.HTML(out.String())
}

// harmless takes out of a document what must not be shown.
type harmless struct{}

// Transform replaces pictures and links that are not https by their text, and headings,
// whose levels are the page's own, by strong paragraphs.
func (harmless) Transform(doc *ast.Document, reader text.Reader, _ parser.Context) {
	var nodes []ast.Node
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			nodes = append(nodes, n)
		}
		return ast.WalkContinue, nil
	})
	for _, n := range nodes {
		switch n := n.(type) {
		case *ast.Heading:
			strong := ast.NewEmphasis(2)
			adopt(strong, n)
			p := ast.NewParagraph()
			p.AppendChild(p, strong)
			n.Parent().ReplaceChild(n.Parent(), n, p)
		case *ast.HTMLBlock, *ast.RawHTML:
			n.Parent().RemoveChild(n.Parent(), n)
		case *ast.Image:
			unwrap(n)
		case *ast.Link:
			n.Title = nil
			guardLink(n, n.Destination)
		case *ast.AutoLink:
			guardAutoLink(n, reader.Source())
		}
	}
}

func guardLink(n ast.Node, destination []byte) {
	if !isHTTPS(string(destination)) {
		unwrap(n)
		return
	}
	n.SetAttributeString("rel", []byte("nofollow noopener noreferrer"))
}

func guardAutoLink(n *ast.AutoLink, source []byte) {
	if n.AutoLinkType == ast.AutoLinkURL && isHTTPS(string(n.URL(source))) {
		n.SetAttributeString("rel", []byte("nofollow noopener noreferrer"))
		return
	}
	n.Parent().ReplaceChild(n.Parent(), n, ast.NewString(n.Label(source)))
}

// unwrap puts the children of a node in its place.
func unwrap(n ast.Node) {
	parent := n.Parent()
	for child := n.FirstChild(); child != nil; child = n.FirstChild() {
		n.RemoveChild(n, child)
		parent.InsertBefore(parent, n, child)
	}
	parent.RemoveChild(parent, n)
}

func adopt(to, from ast.Node) {
	for child := from.FirstChild(); child != nil; child = from.FirstChild() {
		from.RemoveChild(from, child)
		to.AppendChild(to, child)
	}
}

// isHTTPS tells an absolute https address without user.
func isHTTPS(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Scheme == "https" && u.Host != "" && u.User == nil
}
