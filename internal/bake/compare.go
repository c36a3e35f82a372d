package bake

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/xml"
	"hash"
	"image"
	"image/png"
	"slices"
)

// Likeness says whether two images are the same picture.
type Likeness string

// What Compare answers.
const (
	Same    Likeness = "same"
	Differs Likeness = "differs"
	Unknown Likeness = "unknown" // of two formats, damaged, or too large to look at
)

// maxComparedPixels bounds what is decoded of each image: 32 MiB of pixels at most.
const maxComparedPixels = 4 << 20

// Compare tells whether two files show the same picture, whatever credentials are in
// them: of two PNGs the decoded pixels, of two SVGs all but credentials, comments, blank
// text and the choice of namespace prefixes. One picture in two sizes differs.
func Compare(a, b []byte) Likeness {
	switch format := Detect(a); {
	case format != Detect(b):
		return Unknown
	case format == PNG:
		return comparePNG(a, b)
	case format == SVG:
		return compareSVG(a, b)
	}
	return Unknown
}

func comparePNG(a, b []byte) Likeness {
	chunksA, errA := readPNG(a)
	chunksB, errB := readPNG(b)
	if errA != nil || errB != nil {
		return Unknown
	}
	chunksA, chunksB = withoutCredentials(chunksA), withoutCredentials(chunksB)
	if slices.EqualFunc(chunksA, chunksB, func(x, y chunk) bool { return bytes.Equal(x.raw, y.raw) }) {
		return Same
	}
	pixelsA, okA := decodePNG(a)
	pixelsB, okB := decodePNG(b)
	switch {
	case !okA || !okB:
		return Unknown
	case !samePixelsOf(pixelsA, pixelsB):
		return Differs
	case !bytes.Equal(rendering(chunksA), rendering(chunksB)):
		return Unknown
	}
	return Same
}

func decodePNG(file []byte) (image.Image, bool) {
	size, err := png.DecodeConfig(bytes.NewReader(file))
	if err != nil || int64(size.Width)*int64(size.Height) > maxComparedPixels {
		return nil, false
	}
	pixels, err := png.Decode(bytes.NewReader(file))
	return pixels, err == nil
}

// samePixelsOf compares what is seen: of a transparent pixel, not its colour.
func samePixelsOf(a, b image.Image) bool {
	if a.Bounds() != b.Bounds() {
		return false
	}
	for y := a.Bounds().Min.Y; y < a.Bounds().Max.Y; y++ {
		for x := a.Bounds().Min.X; x < a.Bounds().Max.X; x++ {
			r, g, b1, alpha := a.At(x, y).RGBA()
			r2, g2, b2, alpha2 := b.At(x, y).RGBA()
			if r != r2 || g != g2 || b1 != b2 || alpha != alpha2 {
				return false
			}
		}
	}
	return true
}

// rendering is what makes the same pixels look otherwise: colour spaces and animation.
func rendering(chunks []chunk) []byte {
	var all []byte
	for _, c := range chunks {
		switch c.kind {
		case "gAMA", "cHRM", "iCCP", "cICP", "acTL", "fcTL", "fdAT":
			all = append(all, c.raw...)
		}
	}
	return all
}

func compareSVG(a, b []byte) Likeness {
	sumA, okA := sumSVG(a)
	sumB, okB := sumSVG(b)
	switch {
	case !okA || !okB:
		return Unknown
	case sumA != sumB:
		return Differs
	}
	return Same
}

// sumSVG is a digest of what an SVG shows.
func sumSVG(file []byte) (sum [sha256.Size]byte, ok bool) {
	doc, err := readSVG(file)
	if err != nil {
		return sum, false
	}
	d, s := xml.NewDecoder(bytes.NewReader(doc.text)), svgSum{Hash: sha256.New()}
	for {
		token, err := d.Token()
		if err != nil { // the end: readSVG came that far
			s.flush()
			return [sha256.Size]byte(s.Sum(nil)), true
		}
		s.take(token)
	}
}

// svgSum writes tokens in one form, each part with its length.
type svgSum struct {
	hash.Hash
	text   []byte // not yet written: a credential, or a comment, may stand in the middle
	inside bool   // a credential
}

func (s *svgSum) take(token xml.Token) {
	switch token := token.(type) {
	case xml.StartElement:
		if _, s.inside = svgKinds[token.Name]; s.inside {
			return
		}
		s.flush()
		s.part("<", token.Name.Space, token.Name.Local)
		for _, attr := range token.Attr {
			if attr.Name.Space != "xmlns" && attr.Name != (xml.Name{Local: "xmlns"}) {
				s.part("=", attr.Name.Space, attr.Name.Local, attr.Value)
			}
		}
	case xml.EndElement:
		if s.inside {
			s.inside = false
			return
		}
		s.flush()
		s.part(">")
	case xml.CharData:
		if !s.inside {
			s.text = append(s.text, token...)
		}
	case xml.ProcInst:
		if token.Target != "xml" {
			s.flush()
			s.part("?", token.Target, string(token.Inst))
		}
	}
}

func (s *svgSum) flush() {
	if len(bytes.TrimSpace(s.text)) > 0 {
		s.part("t", string(s.text))
	}
	s.text = s.text[:0]
}

func (s *svgSum) part(parts ...string) {
	for _, part := range parts {
		s.Write(binary.BigEndian.AppendUint32(nil, uint32(len(part))))
		s.Write([]byte(part))
	}
}
