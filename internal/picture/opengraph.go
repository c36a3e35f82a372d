package picture

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"

	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// CardWidth and CardHeight are the size in pixels of the picture that other sites show
// for a link.
const (
	CardWidth  = 1200
	CardHeight = 627
)

// A Card is what such a picture shows.
type Card struct {
	Picture []byte // PNG, of the achievement
	Title   string
	Issuer  string
	Link    string // in the QR code
}

var (
	cardPaper = color.NRGBA{246, 245, 240, 255}
	cardInk   = color.NRGBA{24, 32, 27, 255}
	cardMuted = color.NRGBA{85, 96, 90, 255}
	cardGreen = color.NRGBA{29, 92, 68, 255}
	white     = color.NRGBA{255, 255, 255, 255}
)

// Where things stand on a card, in pixels.
const (
	cardMargin  = 72
	pictureSide = 340
	textLeft    = cardMargin + pictureSide + 64
	textWidth   = CardWidth - textLeft - cardMargin
	codeSide    = 168
	titleSize   = 60
	issuerSize  = 34
	titleLines  = 3
)

// PNG draws the card. A text with characters that the font lacks is left out; the
// picture and the code always stand.
func (c Card) PNG() ([]byte, error) {
	badge, err := png.Decode(bytes.NewReader(c.Picture))
	if err != nil {
		return nil, fmt.Errorf("the achievement's picture: %w", err)
	}
	code, err := QR(c.Link)
	if err != nil {
		return nil, err
	}
	img := image.NewNRGBA(image.Rect(0, 0, CardWidth, CardHeight))
	fill(img, img.Bounds(), cardPaper)
	fill(img, image.Rect(0, CardHeight-14, CardWidth, CardHeight), cardGreen)
	top := (CardHeight - 14 - pictureSide) / 2
	draw.CatmullRom.Scale(img, fitted(badge.Bounds(), image.Rect(cardMargin, top, cardMargin+pictureSide, top+pictureSide)), badge, badge.Bounds(), draw.Over, nil)
	drawCode(img, code, image.Pt(CardWidth-cardMargin-codeSide, CardHeight-14-48-codeSide))

	y, err := write(img, gobold.TTF, titleSize, cardInk, c.Title, textWidth, titleLines, top+titleSize-8)
	if err != nil {
		return nil, err
	}
	if _, err = write(img, goregular.TTF, issuerSize, cardMuted, c.Issuer, textWidth-codeSide-40, 2, y+12); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = png.Encode(&out, img)
	return out.Bytes(), err
}

func fill(img draw.Image, r image.Rectangle, c color.Color) {
	draw.Draw(img, r, image.NewUniform(c), image.Point{}, draw.Src)
}

// fitted returns the largest rectangle of a picture's proportions in the middle of a box.
func fitted(picture, box image.Rectangle) image.Rectangle {
	w, h := box.Dx(), box.Dy()
	if picture.Dx() > picture.Dy() {
		h = max(1, w*picture.Dy()/picture.Dx())
	} else {
		w = max(1, h*picture.Dx()/picture.Dy())
	}
	at := box.Min.Add(image.Pt((box.Dx()-w)/2, (box.Dy()-h)/2))
	return image.Rectangle{at, at.Add(image.Pt(w, h))}
}

func drawCode(img draw.Image, code Code, at image.Point) {
	scale := max(1, codeSide/code.Size)
	side := scale * code.Size
	at = at.Add(image.Pt(codeSide-side, codeSide-side))
	fill(img, image.Rectangle{at, at.Add(image.Pt(side, side))}, white)
	for y := range code.Size {
		for x := range code.Size {
			if code.Dark(x, y) {
				p := at.Add(image.Pt(x*scale, y*scale))
				fill(img, image.Rectangle{p, p.Add(image.Pt(scale, scale))}, cardInk)
			}
		}
	}
}

// write sets a text in lines below a baseline, and returns the baseline after it.
func write(img draw.Image, ttf []byte, size float64, ink color.Color, text string, width, maxLines, y int) (int, error) {
	parsed, err := opentype.Parse(ttf)
	if err != nil {
		return 0, err
	}
	if !covers(parsed, text) {
		return y, nil
	}
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		return 0, err
	}
	pen := font.Drawer{Dst: img, Src: image.NewUniform(ink), Face: face}
	for _, line := range wrapped(face, text, fixed.I(width), maxLines) {
		pen.Dot = fixed.P(textLeft, y)
		pen.DrawString(line)
		y += int(size * 1.2)
	}
	return y, nil
}

// covers tells whether a font has a glyph for every character.
func covers(f *sfnt.Font, text string) bool {
	var buffer sfnt.Buffer
	for _, r := range text {
		if glyph, err := f.GlyphIndex(&buffer, r); err != nil || glyph == 0 {
			return false
		}
	}
	return true
}

// wrapped breaks a text into lines at blanks, and within words that are too wide; what
// does not fit ends with an ellipsis.
func wrapped(face font.Face, text string, width fixed.Int26_6, maxLines int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		for _, piece := range pieces(face, word, width) {
			longer := strings.TrimSpace(line + " " + piece)
			if font.MeasureString(face, longer) <= width {
				line = longer
				continue
			}
			if len(lines) == maxLines-1 {
				return append(lines, ellipsis(face, line, width))
			}
			lines, line = append(lines, line), piece
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// pieces cuts a word that is wider than a line.
func pieces(face font.Face, word string, width fixed.Int26_6) (all []string) {
	piece := ""
	for _, r := range word {
		if piece != "" && font.MeasureString(face, piece+string(r)) > width {
			all, piece = append(all, piece), ""
		}
		piece += string(r)
	}
	return append(all, piece)
}

func ellipsis(face font.Face, line string, width fixed.Int26_6) string {
	runes := []rune(line)
	for len(runes) > 0 && font.MeasureString(face, string(runes)+"…") > width {
		runes = runes[:len(runes)-1]
	}
	return string(runes) + "…"
}
