package bake

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
)

const (
	pngSignature = "\x89PNG\r\n\x1a\n"
	pngKeyword   = "openbadgecredential"
	maxChunks    = 16384
	maxInflated  = 2 * MaxPayloadBytes // of all compressed text of one image
)

// pngKinds are the keywords of text chunks that hold a credential.
var pngKinds = map[string]Kind{
	pngKeyword:      OpenBadges3,
	"openbadges":    OpenBadges2,
	"clrcredential": CLR2,
}

// chunk is one part of a PNG (PNG §5.3); both fields lie inside the file.
type chunk struct {
	kind string
	data []byte
	raw  []byte // with length, type and checksum
}

// BakePNG returns the image with the credential, a JSON object or a compact
// token, in one uncompressed iTXt chunk before the end (Open Badges 3.0
// §5.3.1). A credential that was there is replaced. Errors are ErrMalformed,
// ErrTooLarge and ErrCredential.
func BakePNG(png, credential []byte) ([]byte, error) {
	credential, _, err := bakeable(credential)
	if err != nil {
		return nil, err
	}
	chunks, err := readPNG(png)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, len(png)+len(credential)+64)
	out = append(out, pngSignature...)
	for _, c := range withoutCredentials(chunks[:len(chunks)-1]) {
		out = append(out, c.raw...)
	}
	out = appendChunk(out, "iTXt", []byte(pngKeyword+"\x00\x00\x00\x00\x00"), credential)
	out = append(out, chunks[len(chunks)-1].raw...)
	if len(out) > MaxImageBytes {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, MaxImageBytes)
	}
	return out, nil
}

// UnbakePNG finds the credential in a PNG. Compressed text and equal copies,
// which the standard forbids, are read with a warning. Errors are
// ErrNoCredential, ErrConflict, ErrMalformed and ErrTooLarge.
func UnbakePNG(file []byte) (Payload, error) {
	chunks, err := readPNG(file)
	if err != nil {
		return Payload{}, err
	}
	var f found
	places, budget := 0, maxInflated
	for _, c := range chunks {
		kind, ok := c.place()
		if !ok {
			continue
		}
		if places++; places > maxPlaces {
			return Payload{}, fmt.Errorf("%w: more than %d credentials in PNG", ErrTooLarge, maxPlaces)
		}
		text, compressed, err := c.text(budget)
		if err != nil {
			return Payload{}, err
		}
		if compressed {
			budget -= len(text)
		}
		if err := f.add(text, kind); err != nil {
			return Payload{}, err
		}
		if compressed {
			f.warn("the credential is compressed, which the standard forbids")
		}
	}
	return f.result()
}

// readPNG checks the structure of a file (PNG §5): signature, every chunk's
// length and checksum, IHDR first, IEND last and nothing after it. Pixels are
// not decoded. The result has at least IHDR and IEND.
func readPNG(file []byte) ([]chunk, error) {
	if len(file) > MaxImageBytes {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, MaxImageBytes)
	}
	rest, ok := bytes.CutPrefix(file, []byte(pngSignature))
	if !ok {
		return nil, fmt.Errorf("%w: not a PNG", ErrMalformed)
	}
	var chunks []chunk
	for {
		c, after, err := nextChunk(rest)
		if err != nil {
			return nil, err
		}
		if first := len(chunks) == 0; first != (c.kind == "IHDR") || first && len(c.data) != 13 {
			return nil, fmt.Errorf("%w: PNG must begin with its one header", ErrMalformed)
		}
		if len(chunks) == maxChunks {
			return nil, fmt.Errorf("%w: more than %d PNG chunks", ErrTooLarge, maxChunks)
		}
		chunks = append(chunks, c)
		rest = after
		if c.kind == "IEND" {
			break
		}
	}
	if len(chunks[len(chunks)-1].data) > 0 || len(rest) > 0 {
		return nil, fmt.Errorf("%w: data after the end of the PNG", ErrMalformed)
	}
	return chunks, nil
}

func nextChunk(rest []byte) (c chunk, after []byte, err error) {
	const frame = 12 // length, type, checksum
	if len(rest) < frame || uint64(binary.BigEndian.Uint32(rest)) > uint64(len(rest)-frame) {
		return chunk{}, nil, fmt.Errorf("%w: PNG is cut off", ErrMalformed)
	}
	size := int(binary.BigEndian.Uint32(rest))
	c = chunk{kind: string(rest[4:8]), data: rest[8 : 8+size], raw: rest[:frame+size]}
	for i := range 4 {
		if letter := c.kind[i] | 0x20; letter < 'a' || 'z' < letter {
			return chunk{}, nil, fmt.Errorf("%w: bad PNG chunk type", ErrMalformed)
		}
	}
	if crc32.ChecksumIEEE(rest[4:8+size]) != binary.BigEndian.Uint32(rest[8+size:]) {
		return chunk{}, nil, fmt.Errorf("%w: wrong checksum in PNG", ErrMalformed)
	}
	return c, rest[frame+size:], nil
}

// keyword is the keyword of a textual chunk (PNG §11.3.3), else empty.
func (c chunk) keyword() string {
	if c.kind != "iTXt" && c.kind != "tEXt" && c.kind != "zTXt" {
		return ""
	}
	word, _, ok := bytes.Cut(c.data, []byte{0})
	if !ok || len(word) > 79 {
		return ""
	}
	return string(word)
}

// place says whether the chunk is one that holds a credential. Open Badges 1.0
// used tEXt; nobody else does.
func (c chunk) place() (Kind, bool) {
	kind, ok := pngKinds[c.keyword()]
	switch {
	case c.kind == "iTXt":
		return kind, ok
	case c.kind == "tEXt" && kind == OpenBadges2:
		return OpenBadges1, true
	}
	return "", false
}

// text is the text of a tEXt chunk (PNG §11.3.3.2) or of an iTXt chunk (PNG
// §11.3.3.4), inflated if budget bytes hold it; language and translated
// keyword are of no interest.
func (c chunk) text(budget int) (_ []byte, compressed bool, err error) {
	_, rest, _ := bytes.Cut(c.data, []byte{0})
	if c.kind == "tEXt" {
		return rest, false, nil
	}
	if len(rest) < 2 || rest[0] > 1 || rest[0] == 1 && rest[1] != 0 {
		return nil, false, fmt.Errorf("%w: bad text chunk in PNG", ErrMalformed)
	}
	compressed = rest[0] == 1
	_, rest, language := bytes.Cut(rest[2:], []byte{0})
	_, text, translated := bytes.Cut(rest, []byte{0})
	if !language || !translated {
		return nil, false, fmt.Errorf("%w: bad text chunk in PNG", ErrMalformed)
	}
	if compressed {
		text, err = inflate(text, min(budget, MaxPayloadBytes))
	}
	return text, compressed, err
}

// inflate refuses text of more than limit bytes.
func inflate(compressed []byte, limit int) ([]byte, error) {
	from := bytes.NewReader(compressed)
	z, err := zlib.NewReader(from)
	if err != nil {
		return nil, fmt.Errorf("%w: damaged compressed text in PNG", ErrMalformed)
	}
	text, err := io.ReadAll(io.LimitReader(z, int64(limit)+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: damaged compressed text in PNG", ErrMalformed)
	case len(text) > limit:
		return nil, fmt.Errorf("%w: compressed text of more than %d bytes in PNG", ErrTooLarge, limit)
	case from.Len() > 0:
		return nil, fmt.Errorf("%w: data after compressed text in PNG", ErrMalformed)
	}
	return text, nil
}

// withoutCredentials leaves out every textual chunk, of whatever type, that
// someone might take for a credential.
func withoutCredentials(chunks []chunk) []chunk {
	var kept []chunk
	for _, c := range chunks {
		if _, ok := pngKinds[c.keyword()]; !ok {
			kept = append(kept, c)
		}
	}
	return kept
}

// appendChunk writes a chunk whose data is given in parts.
func appendChunk(out []byte, kind string, parts ...[]byte) []byte {
	data := bytes.Join(parts, nil)
	out = binary.BigEndian.AppendUint32(out, uint32(len(data)))
	start := len(out)
	out = append(out, kind...)
	out = append(out, data...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[start:]))
}
