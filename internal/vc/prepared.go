package vc

import (
	"bytes"
	"encoding/json"
	"fmt"

	"laurel/internal/strictjson"
)

// Prepared is a credential or presentation that was judged fit to be signed. Only Prepare
// and PreparePresentation make one, and only a Prepared can be signed.
type Prepared struct {
	raw  []byte
	tree map[string]any
}

// Judge says why a document may not be signed, or nil.
type Judge func(tree map[string]any) error

// Prepare writes document as JSON, reads the bytes back as strictly as a verifier will,
// and hands them to every judge; they are signed as they were judged.
func Prepare(document any, judges ...Judge) (Prepared, error) {
	return PrepareWithin(strictjson.Limits{}, document, judges...)
}

// PrepareWithin is Prepare for a document that verifiers read within other limits than
// those of strictjson.Default.
func PrepareWithin(limits strictjson.Limits, document any, judges ...Judge) (Prepared, error) {
	return prepare(limits, document, func(tree map[string]any) error {
		_, problems := Read(tree)
		return conforming("credential", problems)
	}, judges)
}

// PreparePresentation does for a presentation what Prepare does for a credential.
func PreparePresentation(document any, judges ...Judge) (Prepared, error) {
	return prepare(strictjson.Limits{}, document, func(tree map[string]any) error {
		_, problems := ReadPresentation(tree)
		return conforming("presentation", problems)
	}, judges)
}

func conforming(kind string, problems []Problem) error {
	if len(problems) > 0 {
		return fmt.Errorf("not a conforming %s: %s", kind, problems[0])
	}
	return nil
}

func prepare(limits strictjson.Limits, document any, first Judge, judges []Judge) (Prepared, error) {
	raw, err := Marshal(document)
	if err != nil {
		return Prepared{}, err
	}
	tree, err := strictjson.ParseObject(raw, limits)
	if err != nil {
		return Prepared{}, err
	}
	for _, judge := range append([]Judge{first}, judges...) {
		if err := judge(tree); err != nil {
			return Prepared{}, err
		}
	}
	return Prepared{raw: raw, tree: tree}, nil
}

// Marshal writes compact JSON without the escapes that encoding/json adds for HTML.
func Marshal(v any) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(out.Bytes(), "\n"), nil
}

// Size returns the length of the document in bytes, without a proof.
func (p Prepared) Size() int { return len(p.raw) }

// Bytes returns the document as it was judged, without a proof.
func (p Prepared) Bytes() []byte { return bytes.Clone(p.raw) }

// Tree returns the document as it will be read; callers must not change it.
func (p Prepared) Tree() map[string]any { return p.tree }

// With returns the document's bytes with further members at the end of the object; members
// is the inside of a JSON object, without its braces.
func (p Prepared) With(members []byte) []byte {
	out := append(make([]byte, 0, len(p.raw)+len(members)+1), p.raw[:len(p.raw)-1]...)
	return append(append(append(out, ','), members...), '}')
}
