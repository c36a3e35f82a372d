package intake

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"path"
	"strings"
	"unicode"
)

const (
	maxZIP       = 64 << 20 // or as much as another file may have
	maxEntries   = 1000
	maxRatio     = 200     // of unpacked to packed bytes
	smallEntry   = 1 << 20 // unpacked, for which the ratio does not count
	maxNameRunes = 120
	directoryTag = "PK\x01\x02" // begins each entry of a ZIP's directory
)

func isZIP(file []byte) bool {
	return bytes.HasPrefix(file, []byte("PK\x03\x04")) || bytes.HasPrefix(file, []byte("PK\x05\x06"))
}

// readZIP reads the directory of a ZIP; its files are unpacked one at a time, in memory,
// as they are asked for. The library builds the whole directory whatever its size, so
// entries are counted before.
func readZIP(file []byte, o Options) (Found, error) {
	if longest := max(maxZIP, o.Bytes); len(file) > longest {
		return Found{}, fmt.Errorf("%w: a ZIP of more than %d bytes", ErrTooLarge, longest)
	}
	tooMany := fmt.Errorf("%w: more than %d files in a ZIP", ErrTooLarge, maxEntries)
	if bytes.Count(file, []byte(directoryTag)) > 4*maxEntries { // folders and such beside
		return Found{}, tooMany
	}
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // nothing is written to a path
		return Found{}, fmt.Errorf("%w: damaged ZIP", ErrMalformed)
	}
	var files []*zip.File
	for _, f := range z.File {
		if !isClutter(f.Name) {
			files = append(files, f)
		}
	}
	switch {
	case len(files) == 0:
		return Found{}, fmt.Errorf("%w: the ZIP is empty", ErrNoCredential)
	case len(files) > maxEntries:
		return Found{}, tooMany
	}
	return Found{Kind: ZIP, Entries: unpack(files, o)}, nil
}

// isClutter tells folders, and what operating systems add, from files.
func isClutter(name string) bool {
	base := path.Base(strings.ReplaceAll(name, `\`, "/"))
	return strings.HasSuffix(name, "/") || strings.HasPrefix(name, "__MACOSX/") ||
		base == ".DS_Store" || base == "Thumbs.db" || base == "desktop.ini"
}

func unpack(files []*zip.File, o Options) iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		left := o.TotalBytes
		for n, f := range files {
			e := Entry{Number: n + 1, Name: shown(f.Name)}
			e.File, e.Err = unpackOne(f, int64(o.Bytes), &left)
			if !yield(e) {
				return
			}
		}
	}
}

// unpackOne believes nothing that the directory says about sizes.
func unpackOne(f *zip.File, limit int64, left *int64) ([]byte, error) {
	const encrypted = 1 // APPNOTE §4.4.4
	if f.Flags&encrypted != 0 {
		return nil, ErrEncrypted
	}
	if ratio := int64(min(f.CompressedSize64, maxZIP)) * maxRatio; limit > smallEntry {
		limit = min(limit, max(smallEntry, ratio))
	}
	if limit > *left {
		limit = *left
	}
	if limit == 0 || f.UncompressedSize64 > uint64(limit) {
		return nil, fmt.Errorf("%w: it unpacks to too many bytes", ErrTooLarge)
	}
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("%w: it is packed in a way that is not read", ErrMalformed)
	}
	defer r.Close()
	unpacked, err := io.ReadAll(io.LimitReader(r, limit+1))
	*left -= min(int64(len(unpacked)), *left)
	switch {
	case int64(len(unpacked)) > limit:
		return nil, fmt.Errorf("%w: it unpacks to too many bytes", ErrTooLarge)
	case err != nil:
		return nil, fmt.Errorf("%w: it cannot be unpacked", ErrMalformed)
	}
	return unpacked, nil
}

// shown is a path fit to be shown.
func shown(name string) string {
	name = strings.ReplaceAll(printed(strings.ToValidUTF8(name, "\ufffd")), `\`, "/")
	return shortened(strings.TrimPrefix(path.Clean("/"+name), "/"))
}

// printed leaves out what is not printed, such as controls and what turns the direction
// of writing.
func printed(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, text)
}

// shortened leaves out the beginning of what is long.
func shortened(text string) string {
	if runes := []rune(text); len(runes) > maxNameRunes {
		return "…" + string(runes[len(runes)-maxNameRunes+1:])
	}
	return text
}
