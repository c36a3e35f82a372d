package issuer

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"strings"

	"laurel/internal/badge"
	"laurel/internal/picture"
	"laurel/internal/strictjson"
)

// entry is an achievement as a catalogue file spells it: the members of Open Badges, id
// being the key, and Laurel's own three.
type entry struct {
	badge.Achievement
	Image       string `json:"image"` // a file beside the catalogue, or a data: URI; PNG
	ValidMonths int    `json:"validMonths"`
	Suspendable bool   `json:"suspendable"`
}

// ParseCatalogue reads achievements from a JSON array (or one object). Pictures named
// there are read with open; an achievement without one gets a drawn emblem.
func ParseCatalogue(raw []byte, open func(name string) ([]byte, error)) ([]Achievement, error) {
	if err := checkJSON(raw); err != nil {
		return nil, fmt.Errorf("%w: the catalogue is not strict JSON: %w", ErrInput, err)
	}
	if raw = bytes.TrimSpace(raw); len(raw) > 0 && raw[0] == '{' {
		raw = append(append([]byte{'['}, raw...), ']')
	}
	var entries []entry
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&entries); err != nil {
		return nil, fmt.Errorf("%w: the catalogue: %w", ErrInput, plain(err))
	}
	achievements := make([]Achievement, len(entries))
	for n, e := range entries {
		a, err := e.achievement(open)
		if err != nil {
			return nil, fmt.Errorf("achievement %d (%.64q): %w", n+1, e.ID, err)
		}
		achievements[n] = a
	}
	return achievements, nil
}

func checkJSON(raw []byte) error {
	_, err := strictjson.Parse(raw, strictjson.Limits{Bytes: 32 << 20})
	return err
}

// plain says what encoding/json says without naming Go's types.
func plain(err error) error {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return fmt.Errorf("%s holds a %s where something else is expected", wrong.Field, wrong.Value)
	}
	return errors.New(strings.TrimPrefix(err.Error(), "json: "))
}

func (e entry) achievement(open func(string) ([]byte, error)) (Achievement, error) {
	a := Achievement{Key: e.ID, Class: e.Achievement, ValidMonths: e.ValidMonths, Suspendable: e.Suspendable}
	a.Class.ID, a.Class.Type = "", nil
	var err error
	switch {
	case e.Image == "":
		a.Image, err = picture.Emblem(e.ID)
	case strings.HasPrefix(e.Image, "data:"):
		a.Image, err = dataURI(e.Image)
	default:
		a.Image, err = open(e.Image)
	}
	return a, err
}

func dataURI(uri string) ([]byte, error) {
	encoded, ok := strings.CutPrefix(uri, "data:image/png;base64,")
	if !ok {
		return nil, fmt.Errorf("%w: its picture is not a data:image/png;base64, URI", ErrInput)
	}
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return nil, fmt.Errorf("%w: its picture is not base64", ErrInput)
	}
	return raw, nil
}

// Bounds of an achievement's picture.
const (
	maxImageBytes = 1 << 20
	maxImageSide  = 2048
)

func checkImage(raw []byte) error {
	if len(raw) > maxImageBytes {
		return fmt.Errorf("%w: its picture is larger than 1 MiB", ErrInput)
	}
	config, err := png.DecodeConfig(bytes.NewReader(raw))
	if err != nil {
		return fmt.Errorf("%w: its picture is not a PNG", ErrInput)
	}
	if config.Width > maxImageSide || config.Height > maxImageSide {
		return fmt.Errorf("%w: its picture is larger than %d × %d pixels", ErrInput, maxImageSide, maxImageSide)
	}
	if _, err := png.Decode(bytes.NewReader(raw)); err != nil {
		return fmt.Errorf("%w: its picture is a damaged PNG", ErrInput)
	}
	return nil
}
