// Package intake answers: which credentials are in this file? An employer may
// hand in the credential itself, a link to it, a picture or a PDF that holds
// it, a photograph of its QR code, a page of the vendor that shows it, or many
// at once in a ZIP or a table.
//
// Every file is hostile until parsed. The package is pure: it asks no network,
// writes no file and runs nothing that it finds. What it finds are texts and
// addresses; whether one is a credential, and whether it holds, is for the
// verifier to say, and what an address leads to is read by another call. File
// names and media types are hints of others and decide nothing. Bytes, counts,
// depth and expansion are bounded, and a file that holds two different
// credentials in one place is refused.
package intake

import (
	"bytes"
	"errors"
	"fmt"
	"iter"

	"laurel/internal/bake"
)

const (
	maxText = bake.MaxPayloadBytes // of a credential
	maxLink = 2048                 // of an address, as package fetch has it
)

// The categories of failure; every error of this package is one of them. None says that
// a credential is wrong.
var (
	// ErrUnrecognized: the file is none of the kinds that are read.
	ErrUnrecognized = errors.New("neither a credential nor a file that can hold one")
	// ErrNoCredential: a sound file of a known kind, but nothing is in it.
	ErrNoCredential = errors.New("no credential is in this file")
	// ErrConflict: the file holds different credentials where there should be one.
	ErrConflict = errors.New("the file holds different credentials")
	// ErrMalformed: the file is damaged, or has parts that are not accepted.
	ErrMalformed = errors.New("the file is malformed")
	// ErrTooLarge: the file, or what is in it, is beyond the bounds.
	ErrTooLarge = errors.New("the file is too large")
	// ErrEncrypted: the file cannot be read without a password.
	ErrEncrypted = errors.New("the file is encrypted")
	// ErrTable: a table in which it is not clear what or whom it names.
	ErrTable = errors.New("a table is not clear")
	// ErrRow: a row of a table from which nothing is taken; the others go on.
	ErrRow = errors.New("a row of a table is not clear")
	// ErrNoLinks: a table of other things.
	ErrNoLinks = errors.New("no column of the table holds links")
	// ErrNested: a file of many within a file of many, which is not opened.
	ErrNested = errors.New("a collection within a collection is not opened")
)

// Kind is what a file is.
type Kind string

// The kinds of files. JSON to Link are also the kinds of what is found in the others.
const (
	JSON  Kind = "json"   // a credential with embedded proof
	JWS   Kind = "jws"    // compact (RFC 7515)
	SDJWT Kind = "sd-jwt" // RFC 9901
	Link  Kind = "link"   // an address of the web; that only https is fetched is for package fetch to say
	PNG   Kind = "png"    // baked
	SVG   Kind = "svg"    // baked
	JPEG  Kind = "jpeg"   // with a credential in its metadata
	PDF   Kind = "pdf"    // with a credential attached
	QR    Kind = "qr"     // a picture of a QR code
	HTML  Kind = "html"   // a page that shows a badge
	ZIP   Kind = "zip"    // of many files
	CSV   Kind = "csv"    // a table of many links or credentials
)

// Found is what a file holds.
type Found struct {
	Kind Kind
	// Items are what to verify: the one thing that the file holds, or for HTML up to
	// eight candidates, the likeliest first. Empty for ZIP and CSV.
	Items []Item
	// Entries are the parts of a ZIP or CSV, read one at a time as they are asked for;
	// nil for all others.
	Entries iter.Seq[Entry]
	// Warnings are what is odd about the file and does no harm.
	Warnings []string
}

// Item is a credential, or where one may be.
type Item struct {
	Kind Kind // JSON, JWS, SDJWT or Link
	Text []byte
}

// Entry is one part of a collection, to be read by itself.
type Entry struct {
	Number int    // of the file in a ZIP, or of the line in a CSV, from 1; one line may have several links
	Name   string // of the file, or of the person; no path to open
	Email  string // of the person, as far as a CSV says
	Column string // of a CSV with links in several, where this one was
	File   []byte // nil where Err is not
	Err    error  // why this one cannot be read; the others go on
	// Unclear is why a CSV that names people does not say whose this one is.
	Unclear error
}

// Options bound the work on one file and say what it does not. A number that is not
// positive takes its default.
type Options struct {
	Address string // where the file was fetched, for the relative addresses of a page
	Inside  bool   // the file is an Entry: collections in it are not opened

	Bytes      int   // of a file, and of a file in a ZIP, unpacked; default 16 MiB. A page is at most 2 MiB
	TotalBytes int64 // of all files in a ZIP, unpacked; default 256 MiB
	Pixels     int   // of a picture in which a QR code is looked for; default 12 million
}

func (o Options) orDefault() Options {
	o.Bytes = orDefault(o.Bytes, bake.MaxImageBytes)
	o.TotalBytes = orDefault(o.TotalBytes, 256<<20)
	o.Pixels = orDefault(o.Pixels, 12_000_000)
	return o
}

func orDefault[T int | int64](v, d T) T {
	if v > 0 {
		return v
	}
	return d
}

// Read finds out what a file is and what it holds. The file must not change as long as
// what was found is in use: the text of an item may be a part of it.
func Read(file []byte, o Options) (Found, error) {
	o = o.orDefault()
	kind, err := kindOf(file, o.Bytes)
	if err != nil {
		return Found{}, err
	}
	found, err := read(kind, file, o)
	if err == nil && found.Entries != nil && o.Inside {
		return Found{}, ErrNested
	}
	return found, err
}

// ReadMany reads a ZIP or a table; ok is false for any other file, in which nothing is looked
// for: Read does that.
func ReadMany(file []byte, o Options) (_ Found, ok bool) {
	o = o.orDefault()
	kind, err := kindOf(file, o.Bytes)
	if err != nil || kind != ZIP && kind != text {
		return Found{}, false
	}
	found, err := read(kind, file, o)
	return found, err == nil && found.Entries != nil
}

// text is the kind of a file that is nothing else: a credential, a link, a table, or prose.
const text Kind = "text"

// kindOf tells a file by its beginning, and holds it to the longest that is looked at.
func kindOf(file []byte, longest int) (Kind, error) {
	if isZIP(file) {
		return ZIP, nil
	}
	if len(file) > longest {
		return "", fmt.Errorf("%w: more than %d bytes", ErrTooLarge, longest)
	}
	drawn := bake.Detect(file)
	switch {
	case drawn == bake.PNG:
		return PNG, nil
	case drawn == bake.SVG:
		return SVG, nil
	case isJPEG(file):
		return JPEG, nil
	case isPDF(file):
		return PDF, nil
	case isHTML(file):
		return HTML, nil
	}
	return text, nil
}

func read(kind Kind, file []byte, o Options) (Found, error) {
	switch kind {
	case ZIP:
		return readZIP(file, o)
	case PNG:
		return readPNG(file, o)
	case SVG:
		return baked(SVG, bake.UnbakeSVG, file)
	case JPEG:
		return readJPEG(file, o)
	case PDF:
		return readPDF(file)
	case HTML:
		return readHTML(file, o.Address)
	}
	return readText(file)
}

// readText reads a credential or a link that is given as such, and else a table of many.
func readText(file []byte) (Found, error) {
	if item, ok := recognize(file); ok && (item.Kind != Link || !addressHangs(string(file))) {
		return Found{Kind: item.Kind, Items: []Item{item}}, nil
	}
	if text, ok := bytes.CutPrefix(file, []byte("\ufeff")); ok { // RFC 8259 §8.1 leaves it to the reader
		if item, ok := recognize(text); ok {
			return Found{Kind: item.Kind, Items: []Item{item}, Warnings: []string{"a program that saved it put a byte order mark before the text"}}, nil
		}
	}
	return readCSV(file)
}

// baked finds a credential by the rules of package bake.
func baked(kind Kind, unbake func([]byte) (bake.Payload, error), file []byte) (Found, error) {
	payload, err := unbake(file)
	if err != nil {
		return Found{}, translated(err)
	}
	item, ok := recognize(payload.Bytes)
	if !ok {
		return Found{}, fmt.Errorf("%w: what is baked into it is neither a credential nor an https link", ErrMalformed)
	}
	return Found{Kind: kind, Items: []Item{item}, Warnings: payload.Warnings}, nil
}

// translated gives an error of package bake a category of this one.
func translated(err error) error {
	for ours, theirs := range map[error]error{
		ErrNoCredential: bake.ErrNoCredential, ErrConflict: bake.ErrConflict, ErrTooLarge: bake.ErrTooLarge,
	} {
		if errors.Is(err, theirs) {
			return categorized{err, ours}
		}
	}
	return categorized{err, ErrMalformed}
}

// categorized has the words of one error and is another.
type categorized struct{ said, is error }

func (c categorized) Error() string   { return c.said.Error() }
func (c categorized) Unwrap() []error { return []error{c.said, c.is} }

// one collects what should be the one credential of a file.
type one struct {
	item   *Item
	copies int
}

// add notes a credential. Equal copies do no harm; others do.
func (o *one) add(item Item) error {
	if o.item != nil && !bytes.Equal(o.item.Text, item.Text) {
		return ErrConflict
	}
	if o.copies++; o.item == nil {
		o.item = &item
	}
	return nil
}

func (o *one) found(kind Kind) (Found, error) {
	if o.item == nil {
		return Found{}, ErrNoCredential
	}
	found := Found{Kind: kind, Items: []Item{*o.item}}
	if o.copies > 1 {
		found.Warnings = []string{"the credential is in the file more than once"}
	}
	return found, nil
}
