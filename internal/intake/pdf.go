package intake

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"slices"
	"strings"
)

const (
	maxPDFHead     = 1024 // within which the signature stands
	maxAttachments = 64
	maxPDFInflated = 16 << 20 // of all attachments
	unreadWarning  = "an attachment is stored in a way that is not read"
)

func isPDF(file []byte) bool {
	return bytes.Contains(file[:min(len(file), maxPDFHead)], []byte("%PDF-"))
}

// readPDF finds a credential attached to a PDF (ISO 32000-2 §7.11.4). It does not read
// the document: no page, no cross-reference, no object inside another. A stream is an
// object of its own wherever it is used (ISO 32000-2 §7.3.8), so it goes through the
// bytes once, from object to object, and looks at the streams that are embedded files.
// What a later revision replaced is found as well, and is then a conflict.
func readPDF(file []byte) (Found, error) {
	s := pdfScanner{file: file, at: 1, object: keyword{word: "obj"}, trailer: keyword{word: "trailer"}, budget: maxPDFInflated}
	for s.next() {
		if err := s.look(); err != nil {
			return Found{}, err
		}
	}
	found, err := s.only.found(PDF)
	switch {
	case err != nil && s.unread:
		return Found{}, fmt.Errorf("%w; %s", err, unreadWarning)
	case s.unread:
		found.Warnings = append(found.Warnings, unreadWarning)
	}
	return found, err
}

// pdfScanner goes through a file; no byte is looked at more than a few times.
type pdfScanner struct {
	file        []byte
	at          int
	object      keyword
	trailer     keyword
	only        one
	attachments int
	budget      int  // bytes left to inflate
	unread      bool // an attachment could not be read
}

// keyword is where a word stands next.
type keyword struct {
	word string
	at   int // known as long as the scanner is not behind it
}

func (k *keyword) find(file []byte, from int) int {
	if k.at < from {
		k.at = len(file)
		if n := bytes.Index(file[from:], []byte(k.word)); n >= 0 {
			k.at = from + n
		}
	}
	return k.at
}

// next goes behind the next keyword.
func (s *pdfScanner) next() bool {
	for s.at < len(s.file) {
		object, trailer := s.object.find(s.file, s.at), s.trailer.find(s.file, s.at)
		at := min(object, trailer)
		if at == len(s.file) {
			return false
		}
		if at == trailer {
			s.at = at + len(s.trailer.word)
			return true
		}
		s.at = at + len(s.object.word)
		if at > 0 && s.file[at-1] != 'd' { // endobj
			return true
		}
	}
	return false
}

// look reads what follows the keyword. What is no dictionary is passed over, as far
// as it was read.
func (s *pdfScanner) look() error {
	p := pdfParser{text: s.file[s.at:min(len(s.file), s.at+maxDictionary)]}
	p.skipBlank()
	dictionary, ok := p.dictionary(0)
	p.skipBlank()
	isStream := p.eat("stream")
	s.at += p.at
	if !ok {
		return nil
	}
	if _, encrypted := dictionary["Encrypt"]; encrypted && (dictionary["Root"] != nil || dictionary["Type"] == pdfName("XRef")) {
		return ErrEncrypted // ISO 32000-2 §7.6.2
	}
	if !isStream {
		return nil
	}
	data, whole := s.stream(dictionary)
	if !isAttachment(dictionary) {
		return nil
	}
	if s.attachments++; s.attachments > maxAttachments {
		return fmt.Errorf("%w: more than %d attachments", ErrTooLarge, maxAttachments)
	}
	if !whole {
		s.unread = true
		return nil
	}
	return s.attachment(dictionary, data)
}

// stream returns the bytes that follow the keyword, and goes behind them (ISO 32000-2
// §7.3.8.1). The length counts if the end is there, else the end is looked for.
func (s *pdfScanner) stream(dictionary pdfDict) (data []byte, whole bool) {
	const end = "endstream"
	rest := s.file[s.at:]
	if after, ok := bytes.CutPrefix(rest, []byte("\r\n")); ok {
		rest = after
	} else {
		rest = bytes.TrimPrefix(rest, []byte("\n"))
	}
	s.at = len(s.file) - len(rest)
	length, ok := dictionary["Length"].(int)
	if !ok || length < 0 || length > len(rest) || !bytes.HasPrefix(bytes.TrimLeft(rest[length:min(len(rest), length+len(end)+2)], "\r\n"), []byte(end)) {
		length = bytes.Index(rest, []byte(end))
	}
	if length < 0 {
		s.at = len(s.file)
		return nil, false
	}
	s.at += length
	return rest[:length], true
}

// isAttachment tells embedded files from other streams (ISO 32000-2 §7.11.4.1). The type
// is not always written, nor the media type; no other stream has Params.
func isAttachment(dictionary pdfDict) bool {
	if dictionary["Type"] == pdfName("EmbeddedFile") || dictionary["Params"] != nil {
		return true
	}
	media, _ := dictionary["Subtype"].(pdfName)
	words := strings.FieldsFunc(strings.ToLower(string(media)), func(r rune) bool { return r == '/' || r == '+' || r == '-' })
	return slices.ContainsFunc(words, func(word string) bool { return word == "json" || word == "jwt" || word == "vc" })
}

func (s *pdfScanner) attachment(dictionary pdfDict, data []byte) error {
	compressed, ok := isFlate(dictionary)
	switch {
	case !ok || dictionary["F"] != nil: // in another file
		s.unread = true
		return nil
	case compressed:
		var err error
		if data, err = s.inflate(data); err != nil || data == nil {
			return err
		}
	}
	for _, item := range credentials(data) {
		return s.only.add(item)
	}
	return nil
}

// isFlate says whether a stream is compressed; not ok is one that is stored otherwise.
func isFlate(dictionary pdfDict) (compressed, ok bool) {
	single := func(value any) any {
		if list, ok := value.([]any); ok && len(list) == 1 {
			return list[0]
		}
		return value
	}
	switch filter := single(dictionary["Filter"]).(type) {
	case nil:
	case pdfName:
		if compressed = filter == "FlateDecode"; !compressed {
			return false, false
		}
	case []any:
		if len(filter) > 0 {
			return false, false
		}
	default:
		return false, false
	}
	switch parameters := single(dictionary["DecodeParms"]).(type) {
	case nil:
	case pdfDict:
		if predictor, ok := parameters["Predictor"]; ok && predictor != 1 {
			return false, false
		}
	default:
		return false, false
	}
	return compressed, true
}

// inflate returns nothing for what is too long to be a credential.
func (s *pdfScanner) inflate(data []byte) ([]byte, error) {
	z, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		s.unread = true
		return nil, nil
	}
	text, err := io.ReadAll(io.LimitReader(z, int64(min(maxText, s.budget))+1))
	if s.budget -= len(text); s.budget < 0 {
		return nil, fmt.Errorf("%w: its attachments unpack to more than %d bytes", ErrTooLarge, maxPDFInflated)
	}
	switch {
	case err != nil:
		s.unread = true
		return nil, nil
	case len(text) > maxText:
		return nil, nil
	}
	return text, nil
}
