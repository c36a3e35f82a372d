package intake

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"

	"laurel/internal/bake"
)

const (
	jpegSignature = "\xff\xd8\xff"
	jpegKeyword   = "openbadgecredential\x00"
	xmpKeyword    = "http://ns.adobe.com/xap/1.0/\x00" // XMP Part 3 §1.1.3

	maxSegments = 4096
	maxScans    = 64 // each may take as long as the whole picture
	maxPackets  = 16 // of XMP
	maxXMPDepth = 64
)

func isJPEG(file []byte) bool { return bytes.HasPrefix(file, []byte(jpegSignature)) }

// jpegPart is one marker segment (ITU-T T.81 §B.1.1.4).
type jpegPart struct {
	marker byte
	data   []byte
}

// The markers of interest (ITU-T T.81 table B.1).
const (
	startOfScan      = 0xda
	endOfImage       = 0xd9
	progressiveFrame = 0xc2
	firstAPP         = 0xe0
	lastAPP          = 0xef
	comment          = 0xfe
)

// readJPEG finds a credential in what a JPEG says about itself, else in a QR code that it
// shows. No standard puts badges into JPEG; these are the places that software has
// chosen: a comment, an application segment with the keyword of PNG, a property of XMP.
func readJPEG(file []byte, o Options) (Found, error) {
	parts, err := jpegParts(file)
	if err != nil {
		return Found{}, err
	}
	var only one
	packets := 0
	for _, part := range parts {
		var items []Item
		switch {
		case part.marker == comment:
			items = credentials(part.data)
		case part.marker < firstAPP || part.marker > lastAPP:
			continue
		case bytes.HasPrefix(part.data, []byte(jpegKeyword)):
			item, ok := recognize(part.data[len(jpegKeyword):])
			if !ok {
				return Found{}, fmt.Errorf("%w: the place for a credential holds something else", ErrMalformed)
			}
			items = []Item{item}
		case bytes.HasPrefix(part.data, []byte(xmpKeyword)):
			if packets++; packets > maxPackets {
				return Found{}, fmt.Errorf("%w: more than %d packets of metadata", ErrTooLarge, maxPackets)
			}
			items = xmpItems(part.data[len(xmpKeyword):])
		}
		for _, item := range items {
			if err := only.add(item); err != nil {
				return Found{}, err
			}
		}
	}
	found, err := only.found(JPEG)
	if errors.Is(err, ErrNoCredential) {
		if bytes.Count(file, []byte{0xff, startOfScan}) > maxScans {
			return Found{}, errTooManyPixels
		}
		return readCode(file, bytesOfPixel(parts), o)
	}
	return found, err
}

// bytesOfPixel is what decoding a JPEG of these parts takes: one in progressive mode is
// held as coefficients of four bytes beside its pixels.
func bytesOfPixel(parts []jpegPart) int {
	if slices.ContainsFunc(parts, func(p jpegPart) bool { return p.marker == progressiveFrame }) {
		return 4 + 4*4
	}
	return 4
}

// jpegParts reads the segments before the first scan, which is where metadata stand.
func jpegParts(file []byte) ([]jpegPart, error) {
	var parts []jpegPart
	for rest := file[2:]; ; {
		n := 0
		for n < len(rest) && rest[n] == 0xff {
			n++ // fill bytes, ITU-T T.81 §B.1.1.2
		}
		if n == 0 || n+3 > len(rest) {
			return nil, fmt.Errorf("%w: JPEG is cut off", ErrMalformed)
		}
		marker, size := rest[n], int(binary.BigEndian.Uint16(rest[n+1:]))
		if marker == startOfScan || marker == endOfImage {
			return parts, nil
		}
		rest = rest[n+1:]
		if size < 2 || size > len(rest) {
			return nil, fmt.Errorf("%w: JPEG is cut off", ErrMalformed)
		}
		if len(parts) == maxSegments {
			return nil, fmt.Errorf("%w: more than %d JPEG segments", ErrTooLarge, maxSegments)
		}
		parts = append(parts, jpegPart{marker, rest[2:size]})
		rest = rest[size:]
	}
}

// credentials is the text of a place where anything may stand, if it is a credential.
func credentials(text []byte) []Item {
	item, ok := recognize(bytes.TrimRight(text, "\x00"))
	if !ok || !item.isCredential() {
		return nil
	}
	return []Item{item}
}

// xmpItems finds credentials in an XMP packet: in a property written as an element, as an
// attribute, or as the attribute verify of the element, as SVG has it. A packet is no
// longer than a segment, 64 KiB. One that is not well-formed holds nothing: cameras write
// much, and nothing depends on it.
func xmpItems(packet []byte) (items []Item) {
	var (
		d      = xml.NewDecoder(bytes.NewReader(packet))
		depth  = 0
		inside = 0 // the depth of an element that holds a credential
		text   []byte
	)
	take := func(text []byte) {
		if item, ok := recognize(text); ok {
			items = append(items, item)
		}
	}
	for {
		token, err := d.Token()
		if err != nil {
			if errors.Is(err, io.EOF) {
				return items
			}
			return nil
		}
		switch token := token.(type) {
		case xml.Directive:
			return nil // no declarations
		case xml.StartElement:
			if depth++; depth > maxXMPDepth {
				return nil
			}
			_, holds := bake.ElementKind(token.Name)
			for _, attr := range token.Attr {
				if _, property := bake.ElementKind(attr.Name); property || holds && attr.Name == (xml.Name{Local: "verify"}) {
					take([]byte(attr.Value))
				}
			}
			if holds && inside == 0 {
				inside, text = depth, nil
			}
		case xml.CharData:
			if inside > 0 {
				text = append(text, token...)
			}
		case xml.EndElement:
			if depth == inside {
				take(text)
				inside = 0
			}
			depth--
		}
	}
}
