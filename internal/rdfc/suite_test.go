package rdfc

import (
	"bytes"
	"context"
	"crypto"
	_ "crypto/sha256"
	_ "crypto/sha512"
	"encoding/json"
	"errors"
	"maps"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"laurel/internal/needs"
)

type entry struct {
	ID            string
	Type          string
	Action        string
	Result        string
	HashAlgorithm string
}

// TestSuite runs every test of the RDFC-1.0 suite; none is left out.
func TestSuite(t *testing.T) {
	var manifest struct{ Entries []entry }
	if err := json.Unmarshal(needs.File(t, "w3c", "rdf-canon", "manifest.jsonld"), &manifest); err != nil {
		t.Fatal(err)
	}
	ran := map[string]int{}
	for _, e := range manifest.Entries {
		ran[e.Type]++
		t.Run(strings.TrimPrefix(e.ID, "#"), func(t *testing.T) { runEntry(t, e) })
	}
	want := map[string]int{"rdfc:RDFC10EvalTest": 64, "rdfc:RDFC10MapTest": 21, "rdfc:RDFC10NegativeEvalTest": 1}
	if !maps.Equal(ran, want) {
		t.Errorf("ran %v, want %v", ran, want)
	}
}

func runEntry(t *testing.T, e entry) {
	hash := crypto.SHA256
	if e.HashAlgorithm == "SHA384" {
		hash = crypto.SHA384
	}
	d := parseNQuads(t, needs.File(t, "w3c", "rdf-canon", e.Action))
	budget := Default
	got, err := Canonicalize(context.Background(), &d.Dataset, hash, &budget)
	if e.Type == "rdfc:RDFC10NegativeEvalTest" {
		if !errors.Is(err, ErrBudget) {
			t.Fatalf("the poison graph gave %v, want ErrBudget", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	result := needs.File(t, "w3c", "rdf-canon", e.Result)
	if e.Type == "rdfc:RDFC10MapTest" {
		var want map[string]string
		if err := json.Unmarshal(result, &want); err != nil {
			t.Fatal(err)
		}
		labels := map[string]string{}
		for label, n := range d.blanks {
			labels[label] = "c14n" + strconv.Itoa(int(got.Labels[n.Blank]))
		}
		if !maps.Equal(labels, want) {
			t.Fatalf("labels %v, want %v", labels, want)
		}
		return
	}
	if !bytes.Equal(got.NQuads, result) {
		t.Fatalf("got\n%s\nwant\n%s", got.NQuads, result)
	}
}

var nquad = regexp.MustCompile(`^\s*(<[^>]*>|_:\S+)\s*<([^>]*)>\s*(<[^>]*>|_:[^\s.]+|"(?:[^"\\]|\\.)*"(?:@[A-Za-z0-9-]+|\^\^<[^>]*>)?)\s*(<[^>]*>|_:[^\s.]+)?\s*\.\s*$`)

// parseNQuads reads the suite's inputs, which are well-formed.
func parseNQuads(t *testing.T, text []byte) *dataset {
	t.Helper()
	d := &dataset{}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		m := nquad.FindStringSubmatch(line)
		if m == nil {
			t.Fatalf("not an N-Quads line: %s", line)
		}
		d.State(d.term(t, m[1]).Node, unescape(t, m[2]), d.term(t, m[3]), d.term(t, m[4]).Node)
	}
	return d
}

func (d *dataset) term(t *testing.T, text string) Term {
	switch {
	case text == "":
		return Term{}
	case text[0] == '<':
		return Term{Node: Node{IRI: unescape(t, text[1:len(text)-1])}}
	case text[0] == '_':
		return Term{Node: d.blank(text[2:])}
	}
	end := strings.LastIndexByte(text, '"')
	datatype, language := "", ""
	if rest := text[end+1:]; strings.HasPrefix(rest, "@") {
		language = rest[1:]
	} else if rest != "" {
		datatype = unescape(t, rest[3:len(rest)-1])
	}
	return Term{Lexical: unescape(t, text[1:end]), Close: Close(datatype, language)}
}

var escape = regexp.MustCompile(`\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)`)

var letters = map[string]string{"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r"}

func unescape(t *testing.T, s string) string {
	return escape.ReplaceAllStringFunc(s, func(e string) string {
		e = e[1:]
		if len(e) == 1 {
			if letter, ok := letters[e]; ok {
				return letter
			}
			return e
		}
		r, err := strconv.ParseUint(e[1:], 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		return string(rune(r))
	})
}
