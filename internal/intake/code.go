package intake

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/jpeg" // for package image
	_ "image/png"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"golang.org/x/image/draw"

	"laurel/internal/bake"
)

const (
	maxPictureBytes = 64 << 20 // of decoded pixels
	maxCodeSide     = 2000     // pixels in which a code is looked for; larger is scaled down
	maxCorners      = 96       // squares that look like the corner of a code
)

var errTooManyPixels = fmt.Errorf("%w: no credential is in the picture, and it has too many pixels to look for a QR code", ErrTooLarge)

// readPNG finds what is baked into a PNG, else the QR code that it shows.
func readPNG(file []byte, o Options) (Found, error) {
	found, err := baked(PNG, bake.UnbakePNG, file)
	if errors.Is(err, ErrNoCredential) {
		return readCode(file, 4, o)
	}
	return found, err
}

// readCode finds the QR code that a picture shows. The size is looked at before a pixel,
// which takes so many bytes, is decoded.
func readCode(file []byte, bytesOfPixel int, o Options) (Found, error) {
	size, _, err := image.DecodeConfig(bytes.NewReader(file))
	if err != nil {
		return Found{}, fmt.Errorf("%w: the picture cannot be decoded", ErrMalformed)
	}
	if size.ColorModel == color.RGBA64Model || size.ColorModel == color.NRGBA64Model {
		bytesOfPixel = 8
	}
	pixels := int64(size.Width) * int64(size.Height)
	if pixels > int64(o.Pixels) || pixels*int64(bytesOfPixel) > maxPictureBytes {
		return Found{}, errTooManyPixels
	}
	picture, _, err := image.Decode(bytes.NewReader(file))
	if err != nil {
		return Found{}, fmt.Errorf("%w: the picture cannot be decoded", ErrMalformed)
	}
	if picture.Bounds().Empty() {
		return Found{}, ErrNoCredential
	}
	for _, side := range []int{maxCodeSide, maxCodeSide / 2, maxCodeSide / 4} {
		gray, changed := shades(picture, side)
		if side < maxCodeSide && !changed {
			break
		}
		if text, ok := decodeCode(gray); ok {
			return codeFound(text)
		}
	}
	return Found{}, ErrNoCredential
}

func codeFound(text string) (Found, error) {
	item, ok := recognize([]byte(text))
	if !ok {
		return Found{}, fmt.Errorf("%w: its QR code holds neither a link nor a credential", ErrNoCredential)
	}
	return Found{Kind: QR, Items: []Item{item}}, nil
}

// shades returns the picture on white paper, scaled down to a side if it is larger.
func shades(picture image.Image, side int) (_ *image.Gray, scaled bool) {
	from := picture.Bounds()
	w, h := from.Dx(), from.Dy()
	if longest := max(w, h); longest > side {
		w, h, scaled = max(1, w*side/longest), max(1, h*side/longest), true
	}
	paper := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(paper, paper.Bounds(), image.White, image.Point{}, draw.Src)
	if scaled {
		draw.ApproxBiLinear.Scale(paper, paper.Bounds(), picture, from, draw.Over, nil)
	} else {
		draw.Draw(paper, paper.Bounds(), picture, from.Min, draw.Over)
	}
	gray := image.NewGray(paper.Bounds())
	draw.Draw(gray, gray.Bounds(), paper, image.Point{}, draw.Src)
	return gray, scaled
}

// decodeCode reads one QR code. The library compares every three corners that it finds,
// which a picture full of corners would make endless: it is told of each, so it is
// stopped there. It is not written for hostile pictures; what panics has no code.
func decodeCode(gray *image.Gray) (text string, ok bool) {
	defer func() {
		if recover() != nil {
			text, ok = "", false
		}
	}()
	bitmap, err := gozxing.NewBinaryBitmapFromImage(gray)
	if err != nil {
		return "", false
	}
	corners := 0
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{
		gozxing.DecodeHintType_TRY_HARDER: true,
		gozxing.DecodeHintType_NEED_RESULT_POINT_CALLBACK: gozxing.ResultPointCallback(func(gozxing.ResultPoint) {
			if corners++; corners > maxCorners {
				panic("too many corners")
			}
		}),
	})
	if err != nil {
		return "", false
	}
	return result.GetText(), true
}
