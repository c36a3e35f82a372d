package intake

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"image"
	"image/jpeg"
	"strings"
	"testing"
)

func segment(marker byte, data string) string {
	return string(binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(data)+2))) + data
}

// jpegWith is a small grey picture with segments after its start.
func jpegWith(t testing.TB, segments ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, image.NewGray(image.Rect(0, 0, 24, 24)), nil); err != nil {
		t.Fatal(err)
	}
	return []byte("\xff\xd8" + strings.Join(segments, "") + out.String()[2:])
}

func escaped(text string) string {
	var out bytes.Buffer
	xml.EscapeText(&out, []byte(text))
	return out.String()
}

func xmp(inside string) string {
	return segment(0xe1, xmpKeyword+`<?xpacket begin=""?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:b="https://purl.imsglobal.org/ob/v3p0" `+inside+`</rdf:RDF></x:xmpmeta><?xpacket end="w"?>`)
}

func TestJPEG(t *testing.T) {
	exif := segment(0xe1, "Exif\x00\x00anything")
	for name, test := range map[string]struct {
		segments []string
		kind     Kind
		text     string
	}{
		"comment":                  {[]string{exif, segment(0xfe, sampleJSON)}, JSON, sampleJSON},
		"comment with a zero":      {[]string{segment(0xfe, sampleToken+"\x00")}, JWS, sampleToken},
		"keyword":                  {[]string{segment(0xeb, jpegKeyword+sampleJSON)}, JSON, sampleJSON},
		"keyword and link":         {[]string{segment(0xe1, jpegKeyword+sampleLink)}, Link, sampleLink},
		"fill bytes":               {[]string{"\xff\xff" + segment(0xfe, sampleToken)}, JWS, sampleToken},
		"XMP element":              {[]string{xmp("><b:credential>" + escaped(sampleJSON) + "</b:credential></rdf:Description>")}, JSON, sampleJSON},
		"XMP CDATA":                {[]string{xmp("><b:credential><![CDATA[" + sampleJSON + "]]></b:credential></rdf:Description>")}, JSON, sampleJSON},
		"XMP attribute":            {[]string{xmp(`b:credential="` + escaped(sampleToken) + `"/>`)}, JWS, sampleToken},
		"XMP verify":               {[]string{xmp(`><b:credential verify="` + sampleToken + `"/></rdf:Description>`)}, JWS, sampleToken},
		"copies":                   {[]string{segment(0xfe, sampleToken), xmp(`b:credential="` + sampleToken + `"/>`)}, JWS, sampleToken},
		"other comments and a key": {[]string{segment(0xfe, "made with a camera"), segment(0xfe, `{"iso":100}`), segment(0xfe, sampleLink), segment(0xef, jpegKeyword+sampleToken)}, JWS, sampleToken},
	} {
		t.Run(name, func(t *testing.T) { wants(t, jpegWith(t, test.segments...), JPEG, test.kind, test.text) })
	}
	whole := jpegWith(t)
	for name, test := range map[string]struct {
		file []byte
		want error
	}{
		"nothing":            {whole, ErrNoCredential},
		"a link in a remark": {jpegWith(t, segment(0xfe, sampleLink)), ErrNoCredential},
		"another namespace":  {jpegWith(t, segment(0xe1, xmpKeyword+`<a xmlns:b="https://other.example"><b:credential>{}</b:credential></a>`)), ErrNoCredential},
		"broken XMP":         {jpegWith(t, xmp("><b:credential>"+sampleToken+"</b:credential>")), ErrNoCredential},
		"XMP with entities":  {jpegWith(t, segment(0xe1, xmpKeyword+`<!DOCTYPE a [<!ENTITY b "c">]><a xmlns:b="https://purl.imsglobal.org/ob/v3p0"><b:credential>`+sampleToken+`</b:credential></a>`)), ErrNoCredential},
		"deep XMP":           {jpegWith(t, xmp(">"+strings.Repeat("<b:a>", 100)+"<b:credential>"+sampleToken+"</b:credential>"+strings.Repeat("</b:a>", 100)+"</rdf:Description>")), ErrNoCredential},
		"two differ":         {jpegWith(t, segment(0xfe, sampleJSON), segment(0xfe, otherJSON)), ErrConflict},
		"XMP differs":        {jpegWith(t, segment(0xfe, sampleJSON), xmp(`b:credential="`+sampleToken+`"/>`)), ErrConflict},
		"keyword and junk":   {jpegWith(t, segment(0xe2, jpegKeyword+"junk")), ErrMalformed},
		"cut off":            {whole[:12], ErrMalformed},
		"only a start":       {[]byte("\xff\xd8\xff"), ErrMalformed},
		"length of one":      {[]byte("\xff\xd8\xff\xfe\x00\x01"), ErrMalformed},
		"no marker":          {[]byte("\xff\xd8\xff\xfe\x00\x02abcd"), ErrMalformed},
		"no picture":         {[]byte("\xff\xd8\xff\xda\x00\x02"), ErrMalformed},
		"many segments":      {jpegWith(t, strings.Repeat(segment(0xfe, ""), maxSegments)), ErrTooLarge},
		"many packets":       {jpegWith(t, strings.Repeat(xmp("/>"), maxPackets+1)), ErrTooLarge},
		"many scans":         {append(whole[:len(whole)-2:len(whole)-2], bytes.Repeat([]byte{0xff, startOfScan, 0, 8, 1, 1, 0, 0, 63, 0}, 1000)...), ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) { refuses(t, test.file, test.want) })
	}
}

// FuzzJPEG puts text into each place where a credential may stand.
func FuzzJPEG(f *testing.F) {
	f.Add([]byte(sampleJSON), []byte(sampleToken))
	f.Add([]byte(jpegKeyword+sampleLink), []byte("x"))
	f.Add([]byte(xmpKeyword+`<a xmlns:b="https://purl.imsglobal.org/ob/v3p0" b:credential="`+sampleToken+`"/>`), []byte("{}"))
	f.Fuzz(func(t *testing.T, one, other []byte) {
		if len(one) > 65533 || len(other) > 65533 {
			return
		}
		found, err := Read(jpegWith(t, segment(0xe1, string(one)), segment(0xfe, string(other))), Options{})
		sound(t, found, err)
		if item, ok := recognize(other); ok && item.isCredential() && err == nil && !bytes.Equal(found.Items[0].Text, item.Text) {
			t.Fatalf("%q was preferred to %q", found.Items[0].Text, other)
		}
	})
}
