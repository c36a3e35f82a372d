package bake

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/xml"
	"fmt"
)

// WrapPNG returns an SVG document that shows the PNG in its own size, for an
// SVG badge of an achievement that has only a PNG. title is the image's name
// for those who do not see it; it may be empty. A credential in the PNG is left
// out. Errors are ErrMalformed and ErrTooLarge.
func WrapPNG(png []byte, title string) ([]byte, error) {
	chunks, err := readPNG(png)
	if err != nil {
		return nil, err
	}
	width, height := binary.BigEndian.Uint32(chunks[0].data), binary.BigEndian.Uint32(chunks[0].data[4:])
	if width == 0 || height == 0 || max(width, height) > 1<<31-1 {
		return nil, fmt.Errorf("%w: PNG without a size", ErrMalformed)
	}
	image := []byte(pngSignature)
	for _, c := range withoutCredentials(chunks) {
		image = append(image, c.raw...)
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, `<svg xmlns="%s" xmlns:openbadges="%s" width="%d" height="%d" viewBox="0 0 %d %d">`,
		svgNamespace, badgeNamespace, width, height, width, height)
	if title != "" {
		out.WriteString("<title>")
		if err := xml.EscapeText(&out, []byte(title)); err != nil {
			return nil, err
		}
		out.WriteString("</title>")
	}
	fmt.Fprintf(&out, `<image width="%d" height="%d" href="data:image/png;base64,`, width, height)
	out.Write(base64.StdEncoding.AppendEncode(out.AvailableBuffer(), image))
	out.WriteString(`"/></svg>` + "\n")
	if out.Len() > MaxImageBytes {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, MaxImageBytes)
	}
	return out.Bytes(), nil
}
