package repository

import (
	"bytes"
	"fmt"
	"io"
	"slices"

	"laurel/internal/strictjson"
)

// Delta says how to make a content from an earlier one. Nobody signs it: what it makes has
// the digest that the shard's holders signed, or is thrown away.
type Delta struct {
	From, To             int64 // versions of the shard
	FromSHA256, ToSHA256 string
	Put                  [][]byte // lines that are new or other than before, sorted by id
	Tombstone            []string // ids of lines that are gone, sorted
	ids                  []string // of Put
}

// ReadDelta reads a delta of at most max bytes. Every error is ErrForm.
func ReadDelta(text []byte, max int) (*Delta, error) {
	v, err := strictjson.ReadObject(text, strictjson.Limits{Bytes: max, Depth: 18, Values: max})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrForm, err)
	}
	o := &object{v: v}
	d := &Delta{From: o.number("from", 1), To: o.number("to", 1), FromSHA256: o.digest("fromSha256"), ToSHA256: o.digest("toSha256")}
	for item := range o.member("put", strictjson.Array).Items() {
		line := item.In(text)
		if bytes.IndexByte(line, '\n') >= 0 {
			o.fail("put", "has a line of several lines")
		}
		d.Put = append(d.Put, line)
		d.ids = append(d.ids, item.Member("id").Text())
	}
	for item := range o.member("tombstone", strictjson.Array).Items() {
		d.Tombstone = append(d.Tombstone, item.Text())
	}
	if !increasing(d.ids) || !increasing(d.Tombstone) {
		o.fail("put or tombstone", "is not sorted")
	}
	return d, o.close()
}

// Bytes writes the delta.
func (d *Delta) Bytes() []byte {
	b := fmt.Appendf(nil, `{"from":%d,"to":%d,"fromSha256":"%s","toSha256":"%s","put":[`, d.From, d.To, d.FromSHA256, d.ToSHA256)
	b = append(b, bytes.Join(d.Put, []byte{','})...)
	b = append(b, `],"tombstone":[`...)
	for i, id := range d.Tombstone {
		if i > 0 {
			b = append(b, ',')
		}
		text, err := strictjson.Of(id).MarshalJSON()
		if err != nil {
			panic(err) // a string is always written
		}
		b = append(b, text...)
	}
	return append(b, `]}`...)
}

// diff makes the delta between two versions of a shard.
func diff(from, to *Shard, before, after *Lines) *Delta {
	d := &Delta{From: from.Version, To: to.Version, FromSHA256: from.SHA256, ToSHA256: to.SHA256}
	for i, id := range after.ids {
		if at, there := before.Find(id); !there || !bytes.Equal(before.Line(at), after.Line(i)) {
			d.Put = append(d.Put, after.Line(i))
			d.ids = append(d.ids, id)
		}
	}
	for _, id := range before.ids {
		if _, there := after.Find(id); !there {
			d.Tombstone = append(d.Tombstone, id)
		}
	}
	return d
}

// apply writes the content that the delta makes.
func (d *Delta) apply(before *Lines, w io.Writer) error {
	put, ids := d.Put, d.ids
	emit := func(line []byte) error {
		if _, err := w.Write(line); err != nil {
			return err
		}
		_, err := w.Write([]byte{'\n'})
		return err
	}
	for id, line := range before.All() {
		for len(ids) > 0 && ids[0] < id {
			if err := emit(put[0]); err != nil {
				return err
			}
			put, ids = put[1:], ids[1:]
		}
		switch _, gone := slices.BinarySearch(d.Tombstone, id); {
		case len(ids) > 0 && ids[0] == id:
			line, put, ids = put[0], put[1:], ids[1:]
		case gone:
			continue
		}
		if err := emit(line); err != nil {
			return err
		}
	}
	for _, line := range put {
		if err := emit(line); err != nil {
			return err
		}
	}
	return nil
}
