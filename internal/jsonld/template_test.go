package jsonld_test

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"laurel/internal/jsonld"
	"laurel/internal/jsonld/jsonldtest"
	"laurel/internal/needs"
	"laurel/internal/strictjson"
	"laurel/schemas"
)

// TestNoTermIsAnAddress holds what a template relies on.
func TestNoTermIsAnAddress(t *testing.T) {
	var look func(url string, contexts strictjson.Value)
	look = func(url string, contexts strictjson.Value) {
		for c := range contexts.Listed() {
			for name, definition := range c.Members() {
				if strings.Contains(name, ":") {
					t.Errorf("%s defines %q", url, name)
				}
				look(url, definition.Member("@context"))
			}
		}
	}
	for _, c := range schemas.Contexts() {
		look(c.URL, jsonldtest.Read(t, c.Bytes).Member("@context"))
	}
}

// TestTemplateOfAnyDocument makes templates of documents of every kind, with places chosen by
// chance, and holds what they say of texts chosen by chance to what is read of each document.
// LAUREL_EQUAL_DOCUMENTS says how many.
func TestTemplateOfAnyDocument(t *testing.T) {
	random := rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	corpus := jsonldtest.Corpus(t)
	names := slices.Sorted(maps.Keys(corpus))
	made, equal, refused := 0, 0, 0
	rounds := needs.Documents(t, 24_000) / 4
	for round := range rounds {
		document := corpus[names[round%len(names)]]
		if document.Size() > 64<<10 {
			continue
		}
		strings := stringsOf(document, nil)
		var places []strictjson.Value
		var texts []string
		for _, place := range strings {
			if random.IntN(len(strings)) < 3 {
				places, texts = append(places, place), append(texts, place.Text())
			}
		}
		read := func(texts []string) strictjson.Value { return document.Replaced(places, texts) }
		template, err := jsonld.Pinned().NewTemplate(read, texts, crypto.SHA256)
		if err != nil {
			continue
		}
		made++
		for range 4 {
			other := slices.Clone(texts)
			for n := range other {
				switch random.IntN(6) {
				case 0:
					other[n] = strings[random.IntN(len(strings))].Text()
				case 1:
					other[n] = awkward[random.IntN(len(awkward))]
				default:
					other[n] += "-more"
				}
			}
			budget := jsonld.Default
			got, err := template.AppendDigest(context.Background(), nil, other, &budget)
			if errors.Is(err, jsonld.ErrNoTemplate) {
				refused++
				continue
			}
			g, errRead := jsonld.Pinned().Read(read(other))
			if err != nil || errRead != nil {
				t.Fatalf("%s with %q: %v; read by itself: %v", names[round%len(names)], other, err, errRead)
			}
			budget = jsonld.Default
			want, err := g.AppendDigest(context.Background(), nil, crypto.SHA256, &budget)
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%s with %q: %x, want %x, %v", names[round%len(names)], other, got, want, err)
			}
			equal++
		}
	}
	t.Logf("%d templates, %d documents equal, %d refused", made, equal, refused)
	if made < rounds/12 || equal < rounds/6 {
		t.Errorf("only %d templates were made, and only %d documents compared", made, equal)
	}
}

var awkward = []string{"", "x", "_:b0", "@id", "@type", "Achievement", "type", "id", "https://", "https:x", "urn:", "urn:x y", "did:web:a.example",
	"xsd:string", "sec:proof", "https://a.example/\u00e9", "a\nb\"\\\u2028", "https://purl.imsglobal.org/spec/vc/ob/vocab.html#Achievement", "x-place-0-x", "cred:x"}

func stringsOf(v strictjson.Value, found []strictjson.Value) []strictjson.Value {
	if v.Is(strictjson.String) {
		found = append(found, v)
	}
	for item := v.First(); item.Present(); item = item.Next() {
		if !v.Hides(item) {
			found = stringsOf(item, found)
		}
	}
	return found
}

// TestTemplateRefuses names what a template cannot know.
func TestTemplateRefuses(t *testing.T) {
	document := jsonldtest.Read(t, []byte(`{"@context":["https://www.w3.org/ns/credentials/v2","https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
"id":"urn:uuid:1","type":["VerifiableCredential","OpenBadgeCredential"],"name":{"@value":"x","@language":"de"},"validFrom":"2026-01-01T00:00:00Z",
"credentialSubject":{"id":"did:web:b.example","type":"AchievementSubject","achievement":{"id":"https://a.example/1","type":"Achievement","name":"a","criteria":{"id":"https://a.example/c"}}}}`))
	subject := document.Member("credentialSubject")
	template := func(places ...strictjson.Value) (*jsonld.Template, error) {
		var texts []string
		for _, p := range places {
			texts = append(texts, p.Text())
		}
		return jsonld.Pinned().NewTemplate(func(texts []string) strictjson.Value { return document.Replaced(places, texts) }, texts, crypto.SHA256)
	}
	for name, place := range map[string]strictjson.Value{
		"type": subject.Member("type"), "language": document.Member("name").Member("@language"), "context": document.Member("@context").First(),
	} {
		if _, err := template(place); err == nil {
			t.Errorf("a template with another %s", name)
		}
	}
	good, err := template(document.Member("id"), document.Member("validFrom"), subject.Member("achievement").Member("criteria").Member("id"))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		texts   []string
		refused bool
	}{
		"good":                  {[]string{"urn:uuid:2", "any \"text\"", "https://a.example/d"}, false},
		"not an address":        {[]string{"2", "x", "https://a.example/d"}, true},
		"a blank in an address": {[]string{"urn:uuid: 2", "x", "https://a.example/d"}, true},
		"another scheme":        {[]string{"urn:uuid:2", "x", "did:web:a.example"}, true},
		"without authority":     {[]string{"urn:uuid:2", "x", "https:a"}, true},
		"as elsewhere":          {[]string{"urn:uuid:2", "x", "https://a.example/1"}, true},
		"an address as a text":  {[]string{"urn:uuid:2", "https://a.example/1", "https://a.example/d"}, false},
	} {
		budget := jsonld.Default
		if _, err := good.AppendDigest(context.Background(), nil, c.texts, &budget); errors.Is(err, jsonld.ErrNoTemplate) != c.refused || err != nil && !c.refused {
			t.Errorf("%s: %v", name, err)
		}
	}
}
