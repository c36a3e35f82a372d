package intake

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/url"
	"path"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"laurel/internal/strictjson"
)

// ErrNoBadgeOnPage is ErrNoCredential of a web page.
var ErrNoBadgeOnPage = fmt.Errorf("%w: the page does not say where its badge is", ErrNoCredential)

const (
	maxPage       = 2 << 20
	maxCandidates = 8
)

// isHTML looks at the beginning only.
func isHTML(file []byte) bool {
	head := bytes.TrimSpace(bytes.TrimPrefix(file[:min(len(file), 4096)], []byte("\ufeff")))
	if !bytes.HasPrefix(head, []byte("<")) {
		return false
	}
	head = bytes.ToLower(head)
	return bytes.Contains(head, []byte("<!doctype html")) || bytes.Contains(head, []byte("<html"))
}

// How likely a part of a page is the badge, the likeliest first.
const (
	embeddedCredential = iota // the credential itself, as linked data
	linkedCredential          // an address that says that it is a credential
	linkedData                // an address of JSON
	previewPicture            // what other sites show for the page; often baked
	anyPicture
	ranks
)

// pageReader collects candidates by their rank.
type pageReader struct {
	base   *url.URL
	ranked [ranks][]Item
	script string // the type of the script that is open
}

// readHTML finds where the page of another vendor keeps its badge. Nothing is run or
// fetched; relative addresses need the page's own.
func readHTML(file []byte, address string) (Found, error) {
	if len(file) > maxPage {
		return Found{}, fmt.Errorf("%w: a page of more than %d bytes", ErrTooLarge, maxPage)
	}
	base, err := url.Parse(address)
	if err != nil {
		base = new(url.URL)
	}
	p := pageReader{base: base}
	z := html.NewTokenizer(bytes.NewReader(file))
	for {
		switch z.Next() {
		case html.ErrorToken:
			if !errors.Is(z.Err(), io.EOF) {
				return Found{}, fmt.Errorf("%w: the page cannot be read", ErrMalformed)
			}
			return p.found()
		case html.StartTagToken, html.SelfClosingTagToken:
			var t tag
			t.read(z)
			p.open(t)
		case html.TextToken:
			if p.script != "" {
				p.data(z.Raw())
			}
		case html.EndTagToken:
			p.script = ""
		}
	}
}

func (p *pageReader) found() (Found, error) {
	var items []Item
	for _, item := range slices.Concat(p.ranked[:]...) {
		known := slices.ContainsFunc(items, func(i Item) bool { return bytes.Equal(i.Text, item.Text) })
		if !known && len(items) < maxCandidates {
			items = append(items, item)
		}
	}
	if len(items) == 0 {
		return Found{}, ErrNoBadgeOnPage
	}
	return Found{Kind: HTML, Items: items}, nil
}

func (p *pageReader) open(t tag) {
	p.script = ""
	switch t.name {
	case "base":
		if u, ok := p.resolve(t.attributes["href"]); ok {
			p.base = u
		}
	case "link":
		if slices.Contains(strings.Fields(strings.ToLower(t.attributes["rel"])), "alternate") {
			p.link(t.mediaType(), t.attributes["href"])
		}
	case "script":
		if media := t.mediaType(); mediaRanks[media] > 0 {
			p.script = media
		}
	case "meta":
		if name := cmp.Or(t.attributes["property"], t.attributes["name"]); name == "og:image" || name == "og:image:url" || name == "twitter:image" {
			p.picture(previewPicture, t.attributes["content"])
		}
	case "img":
		p.picture(anyPicture, t.attributes["src"])
	}
}

// mediaRanks are the types of what a page may link to or hold. Others, such as feeds and
// embeddings, are not followed.
var mediaRanks = map[string]int{
	"application/vc":         linkedCredential,
	"application/vc+jwt":     linkedCredential,
	"application/vc+sd-jwt":  linkedCredential,
	"application/vc+ld+json": linkedCredential,
	"application/ld+json":    linkedData,
	"application/json":       linkedData,
}

func (p *pageReader) link(media, address string) {
	if rank, ok := mediaRanks[media]; ok {
		p.address(rank, address)
	}
}

// picture takes addresses of pictures that can be baked.
func (p *pageReader) picture(rank int, address string) {
	u, ok := p.resolve(address)
	if !ok {
		return
	}
	if ext := strings.ToLower(path.Ext(u.Path)); ext == ".png" || ext == ".svg" {
		p.address(rank, address)
	}
}

func (p *pageReader) address(rank int, address string) {
	if u, ok := p.resolve(address); ok && len(u.String()) <= maxLink {
		p.add(rank, Item{Kind: Link, Text: []byte(u.String())})
	}
}

func (p *pageReader) add(rank int, item Item) {
	if len(p.ranked[rank]) < maxCandidates {
		p.ranked[rank] = append(p.ranked[rank], item)
	}
}

func (p *pageReader) resolve(address string) (*url.URL, bool) {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || address == "" {
		return nil, false
	}
	u = p.base.ResolveReference(u)
	u.Fragment, u.RawFragment = "", ""
	return u, isWeb(u)
}

// credentialTypes are those of documents that can be verified; most of what pages hold as
// linked data describes the page.
var credentialTypes = []string{"VerifiableCredential", "VerifiablePresentation", "OpenBadgeCredential", "AchievementCredential", "Assertion"}

// data takes the text of a script that holds data.
func (p *pageReader) data(text []byte) {
	item, ok := recognize(text)
	if !ok || len(p.ranked[embeddedCredential]) >= maxCandidates {
		return
	}
	if item.Kind == JSON {
		tree, err := strictjson.ParseObject(item.Text, strictjson.Limits{})
		if err != nil || !item.isCredential() || !hasType(tree["type"]) && !hasType(tree["@type"]) {
			return
		}
	}
	if item.Kind != Link {
		p.add(embeddedCredential, item)
	}
}

func hasType(types any) bool {
	if name, ok := types.(string); ok {
		return slices.Contains(credentialTypes, name)
	}
	list, _ := types.([]any)
	return slices.ContainsFunc(list, func(one any) bool {
		name, ok := one.(string)
		return ok && slices.Contains(credentialTypes, name)
	})
}

// tag is a start tag with the attributes that matter.
type tag struct {
	name       string
	attributes map[string]string
}

var attributesRead = []string{"content", "href", "name", "property", "rel", "src", "type"}

// read takes one attribute after the other: a tag may have any number. The first of a
// name counts, as in browsers.
func (t *tag) read(z *html.Tokenizer) {
	name, more := z.TagName()
	t.name, t.attributes = string(name), map[string]string{}
	for more {
		var key, value []byte
		key, value, more = z.TagAttr()
		if _, twice := t.attributes[string(key)]; !twice && slices.Contains(attributesRead, string(key)) {
			t.attributes[string(key)] = string(value)
		}
	}
}

func (t *tag) mediaType() string {
	media, _, err := mime.ParseMediaType(t.attributes["type"])
	if err != nil {
		return ""
	}
	return media
}
