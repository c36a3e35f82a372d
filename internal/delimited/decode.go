package delimited

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// The encodings that Decode knows. UTF-16 is of either byte order; GBK is read as GB 18030,
// which contains it.
const (
	UTF8        = "utf-8"
	UTF16       = "utf-16"
	GBK         = "gbk"
	Windows1252 = "windows-1252"
)

// Encodings lists what Decode may be told.
func Encodings() []string { return []string{UTF8, UTF16, GBK, Windows1252} }

// marks are the byte order marks (Unicode §23.8).
var marks = []struct {
	bytes, encoding string
	decoder         encoding.Encoding
}{
	{"\xef\xbb\xbf", UTF8, encoding.Nop},
	{"\xff\xfe", UTF16, littleEndian},
	{"\xfe\xff", UTF16, bigEndian},
}

var (
	littleEndian = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	bigEndian    = unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
)

// Decode returns the text and the name of its encoding. Bytes that the encoding does not
// have become U+FFFD.
//
// Where none is named, a byte order mark decides; else text that is valid UTF-8 is UTF-8;
// else zero bytes at every other place mean UTF-16; else text that is valid GB18030 and
// mostly of the common characters of GB 2312 is GBK; else it is Windows-1252. What could
// be either of the last two is refused until it is named.
func Decode(raw []byte, named string) (text, name string, err error) {
	if named != "" && !slices.Contains(Encodings(), named) {
		return "", "", fmt.Errorf("the encoding %.40q is none of %s", named, strings.Join(Encodings(), ", "))
	}
	name, decoder := named, encoding.Encoding(nil)
	for _, m := range marks {
		if rest, ok := bytes.CutPrefix(raw, []byte(m.bytes)); ok {
			if named != "" && named != m.encoding {
				return "", "", fmt.Errorf("the file begins with the mark of %s, so it is not %s", m.encoding, named)
			}
			raw, name, decoder = rest, m.encoding, m.decoder
			break
		}
	}
	if decoder == nil {
		if name, decoder, err = choose(raw, named); err != nil {
			return "", "", err
		}
	}
	if name == UTF8 {
		text = strings.ToValidUTF8(string(raw), "\ufffd")
	} else {
		decoded, err := decoder.NewDecoder().Bytes(raw)
		if err != nil {
			return "", "", fmt.Errorf("the file cannot be read as %s: %w", name, err)
		}
		text = strings.TrimPrefix(string(decoded), "\ufeff") // GB 18030 has a mark too
	}
	if at := strings.IndexByte(text, 0); at >= 0 {
		return "", "", fmt.Errorf("line %d holds a zero byte, so the file is not %s text; name its encoding, or export it as CSV", LineEnds(text[:at])+1, name)
	}
	return text, name, nil
}

// choose finds the encoding of bytes without a mark, or the form of the one that is named.
func choose(raw []byte, named string) (string, encoding.Encoding, error) {
	zero := bytes.IndexByte(raw, 0) >= 0
	switch {
	case named == UTF8, named == "" && !zero && utf8.Valid(raw):
		return UTF8, encoding.Nop, nil
	case named == UTF16:
		if order := byteOrder(raw); order != nil {
			return UTF16, order, nil
		}
		return UTF16, littleEndian, nil
	case named == GBK:
		return GBK, simplifiedchinese.GB18030, nil
	case named == Windows1252:
		return Windows1252, charmap.Windows1252, nil
	case zero:
		if order := byteOrder(raw); order != nil {
			return UTF16, order, nil
		}
		return "", nil, errors.New("the file holds zero bytes and is not UTF-16; is it a spreadsheet? export it as CSV")
	}
	return chineseOrWestern(raw)
}

// byteOrder tells UTF-16 by its zero bytes, which for ASCII stand at every other place;
// nil where they do not. Characters such as U+4E00 have theirs at the other places.
func byteOrder(raw []byte) encoding.Encoding {
	var at [2]int
	for n, b := range raw {
		if b == 0 {
			at[n&1]++
		}
	}
	switch {
	case len(raw)%2 != 0:
		return nil
	case at[1] > 4*at[0]:
		return littleEndian
	case at[0] > 4*at[1]:
		return bigEndian
	}
	return nil
}

// chineseOrWestern decides by the two-byte characters of GBK: in Chinese text three of
// four and more, and four at least, are of the first level of GB 2312; letters of
// Windows-1252 followed by ASCII are hardly ever. What lies between is not guessed.
// Windows-1252 leaves five bytes out, so text with one of them is not Western.
func chineseOrWestern(raw []byte) (string, encoding.Encoding, error) {
	decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(raw)
	chinese := err == nil && !bytes.ContainsRune(decoded, utf8.RuneError)
	western := !slices.ContainsFunc(raw, func(b byte) bool { return b == 0x81 || b == 0x8d || b == 0x8f || b == 0x90 || b == 0x9d })
	if chinese {
		common, all := pairs(raw)
		chinese = !western || common*4 > all
		western = western && (common*4 < all*3 || common < 4)
	}
	switch {
	case chinese && western:
		return "", nil, errors.New("the encoding could be gbk or windows-1252; name it")
	case chinese:
		return GBK, simplifiedchinese.GB18030, nil
	case western:
		return Windows1252, charmap.Windows1252, nil
	}
	return "", nil, fmt.Errorf("the encoding is none of %s; export the file as UTF-8", strings.Join(Encodings(), ", "))
}

// pairs counts the characters of two bytes or more, and those among them that are common
// in Chinese text: punctuation and full-width letters (rows 1 to 3 of GB 2312) and the
// characters of its first level (rows 16 to 55).
func pairs(raw []byte) (common, all int) {
	for n := 0; n+1 < len(raw); n++ {
		lead, trail := raw[n], raw[n+1]
		if lead < 0x80 {
			continue
		}
		all++
		n++
		if trail >= 0xa1 && (lead >= 0xa1 && lead <= 0xa3 || lead >= 0xb0 && lead <= 0xd7) {
			common++
		}
	}
	return common, all
}
