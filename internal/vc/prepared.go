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
	read strictjson.Value
}

// Judge says why a document may not be signed, or nil.
type Judge func(document strictjson.Value) error

// Prepare writes document as JSON, unless it is a json.RawMessage, reads the bytes back as
// strictly as a verifier will, and hands them to every judge; they are signed as they were
// judged.
func Prepare(document any, judges ...Judge) (Prepared, error) {
	return PrepareWithin(strictjson.Limits{}, document, judges...)
}

// PrepareWithin is Prepare for a document that verifiers read within other limits than
// those of strictjson.Default.
func PrepareWithin(limits strictjson.Limits, document any, judges ...Judge) (Prepared, error) {
	return prepare(limits, document, every(credentials, judges))
}

// PreparePresentation does for a presentation what Prepare does for a credential.
func PreparePresentation(document any, judges ...Judge) (Prepared, error) {
	return prepare(strictjson.Limits{}, document, every(presentations, judges))
}

func credentials(v strictjson.Value) error {
	_, problems := Read(v)
	return conforming("credential", problems)
}

func presentations(v strictjson.Value) error {
	_, problems := ReadPresentation(v)
	return conforming("presentation", problems)
}

func conforming(kind string, problems []Problem) error {
	if len(problems) > 0 {
		return fmt.Errorf("not a conforming %s: %s", kind, problems[0])
	}
	return nil
}

func prepare(limits strictjson.Limits, document any, judge Judge) (Prepared, error) {
	raw, err := written(document)
	if err != nil {
		return Prepared{}, err
	}
	read, err := strictjson.ReadObject(raw, limits)
	if err != nil {
		return Prepared{}, err
	}
	if err := judge(read); err != nil {
		return Prepared{}, err
	}
	return Prepared{raw: raw, read: read}, nil
}

// every is the judge who agrees when first and then all others do.
func every(first Judge, others []Judge) Judge {
	return func(v strictjson.Value) error {
		err := first(v)
		for i := 0; err == nil && i < len(others); i++ {
			err = others[i](v)
		}
		return err
	}
}

// written returns the JSON of a document; what is JSON already stays as it stands.
func written(document any) ([]byte, error) {
	if text, ok := document.(json.RawMessage); ok {
		return bytes.Clone(bytes.TrimSpace(text)), nil
	}
	return Marshal(document)
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

// Value returns the document as it will be read.
func (p Prepared) Value() strictjson.Value { return p.read }

// With returns the document's bytes with further members at the end of the object; the
// parts of members together are the inside of a JSON object, without its braces.
func (p Prepared) With(members ...string) []byte {
	return with(append(make([]byte, 0, len(p.raw)+room(members)), p.raw...), members)
}

// room is what members need in addition to an object.
func room(members []string) int {
	size := len(",")
	for _, m := range members {
		size += len(m)
	}
	return size
}

// with writes members at the end of an object.
func with(object []byte, members []string) []byte {
	object[len(object)-1] = ','
	for _, m := range members {
		object = append(object, m...)
	}
	return append(object, '}')
}
