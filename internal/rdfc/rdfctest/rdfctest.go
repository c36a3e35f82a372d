// Package rdfctest reads the N-Quads of test data.
package rdfctest

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"laurel/internal/rdfc"
)

// Dataset is a dataset whose blank nodes have names.
type Dataset struct {
	rdfc.Dataset
	Blanks map[string]rdfc.Node // by what stands after "_:"
}

var nquad = regexp.MustCompile(`^\s*(<[^>]*>|_:\S+)\s*<([^>]*)>\s*(<[^>]*>|_:[^\s.]+|"(?:[^"\\]|\\.)*"(?:@[A-Za-z0-9-]+|\^\^<[^>]*>)?)\s*(<[^>]*>|_:[^\s.]+)?\s*\.\s*$`)

// Parse reads N-Quads that are known to be well-formed.
func Parse(t testing.TB, text []byte) *Dataset {
	t.Helper()
	d := &Dataset{Blanks: map[string]rdfc.Node{}}
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

func (d *Dataset) term(t testing.TB, text string) rdfc.Term {
	t.Helper()
	switch {
	case text == "":
		return rdfc.Term{}
	case text[0] == '<':
		return rdfc.Term{Node: rdfc.Node{IRI: unescape(t, text[1:len(text)-1])}}
	case text[0] == '_':
		return rdfc.Term{Node: d.blank(text[2:])}
	}
	end := strings.LastIndexByte(text, '"')
	datatype, language := "", ""
	if rest := text[end+1:]; strings.HasPrefix(rest, "@") {
		language = rest[1:]
	} else if rest != "" {
		datatype = unescape(t, rest[3:len(rest)-1])
	}
	return rdfc.Term{Lexical: unescape(t, text[1:end]), Close: rdfc.Close(datatype, language)}
}

func (d *Dataset) blank(name string) rdfc.Node {
	n, known := d.Blanks[name]
	if !known {
		n = d.NewBlank()
		d.Blanks[name] = n
	}
	return n
}

var escape = regexp.MustCompile(`\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)`)

var letters = map[string]string{"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r"}

func unescape(t testing.TB, s string) string {
	t.Helper()
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
