package engine

import (
	"math"
	"strconv"
	"strings"

	"laurel/internal/rdfc"
	"laurel/internal/strictjson"
)

const (
	xsdNS      = "http://www.w3.org/2001/XMLSchema#"
	xsdDouble  = xsdNS + "double"
	xsdInteger = xsdNS + "integer"
	xsdBoolean = xsdNS + "boolean"
)

var (
	closeString  = rdfc.Close("", "")
	closeDouble  = rdfc.Close(xsdDouble, "")
	closeInteger = rdfc.Close(xsdInteger, "")
	closeBoolean = rdfc.Close(xsdBoolean, "")
	closeJSON    = rdfc.Close(rdfNS+"JSON", "")
)

// expand expands an IRI of a document (JSON-LD 1.1 API §5.2.2), which must become an
// absolute one.
func expand(s *state, v string, vocab bool) (string, error) {
	if v == "" || v[0] == '@' || v[0] == '_' {
		return "", refuse("a keyword or blank node for an address")
	}
	if vocab {
		switch t, known := s.definition(v); {
		case known && (t == nil || t.keyword != none):
			return "", refuse("a term for an address that has none")
		case known:
			return t.iri, nil
		}
	}
	colon := strings.IndexByte(v, ':')
	switch {
	case colon > 0 && !strings.HasPrefix(v[colon+1:], "//"):
		if t := s.terms[v[:colon]]; t != nil && t.prefix {
			v = t.iri + v[colon+1:]
		}
	case colon < 0 && vocab && s.vocab != "":
		v = s.vocab + v
	}
	if !rdfc.IsIRI(v) {
		return "", refuse("a relative or malformed address")
	}
	return v, nil
}

// scalar returns the term of a text, number or truth value (JSON-LD 1.1 API §5.3.2, §8.2.2).
func scalar(s *state, v strictjson.Value, t *term) (rdfc.Term, error) {
	typed := func(lexical, otherwise string) (rdfc.Term, error) {
		if t.coercion == toDatatype {
			otherwise = t.close
		}
		return rdfc.Term{Lexical: lexical, Close: otherwise}, nil
	}
	switch v.Kind() {
	case strictjson.String:
		if t.coercion == toAddress || t.coercion == toVocab {
			iri, err := expand(s, v.Text(), t.coercion == toVocab)
			return rdfc.Term{Node: rdfc.Node{IRI: iri}}, err
		}
		return typed(v.Text(), closeString)
	case strictjson.Bool:
		return typed(strconv.FormatBool(v.True()), closeBoolean)
	case strictjson.Number:
		f, err := v.Number().Float64()
		if err != nil {
			return rdfc.Term{}, refuse("a number that cannot be carried")
		}
		if f != math.Trunc(f) || math.Abs(f) >= 1e21 || t.datatype == xsdDouble {
			return typed(rdfc.Double(f), closeDouble)
		}
		return typed(rdfc.Integer(f), closeInteger)
	}
	return rdfc.Term{}, refuse("null, or a list within a list")
}

// valueObject returns the term of a text with its language and direction (VC-DM §11.1).
func valueObject(v strictjson.Value, in *inside) (rdfc.Term, error) {
	language, direction := v.Member("@language"), v.Member("@direction")
	members := 1
	for _, m := range [...]strictjson.Value{language, direction} {
		if m.Present() {
			members++
		}
	}
	tag := strings.ToLower(language.Text())
	switch {
	case v.Len() != members || !v.Member("@value").Is(strictjson.String) || in.property.container&graph != 0:
		return rdfc.Term{}, refuse("a value object of another form")
	case language.Present() && !rdfc.IsLanguage(tag):
		return rdfc.Term{}, refuse("a language tag that is none")
	case direction.Present() && direction.Text() != "ltr" && direction.Text() != "rtl":
		return rdfc.Term{}, refuse("a direction that is none")
	}
	suffix := closeString
	if direction.Present() {
		suffix = rdfc.Close("https://www.w3.org/ns/i18n#"+tag+"_"+direction.Text(), "")
	} else if language.Present() {
		suffix = rdfc.Close("", tag)
	}
	return rdfc.Term{Lexical: v.Member("@value").Text(), Close: suffix}, nil
}
