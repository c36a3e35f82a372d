package deqar

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"time"

	"laurel/internal/store"
)

// haul fetches rows one by one and stages them in batches, each with the bytes that they were
// read from. After a kill, rows that are staged are not fetched again.
type haul struct {
	m     *Mirror
	ctx   context.Context
	i     Import
	rows  []store.MirrorPut
	pages []*page
}

func (m *Mirror) haul(ctx context.Context, i Import) *haul { return &haul{m: m, ctx: ctx, i: i} }

// packed is one answer in a file of the archive, which holds one a line.
type packed struct {
	URL     string    `json:"url"`
	Fetched time.Time `json:"fetched"`
	Body    string    `json:"body"`
}

func (h *haul) add(kind Kind, id int64, row any) error {
	body, err := encode(row)
	h.rows = append(h.rows, store.MirrorPut{Kind: string(kind), ID: key(id), Body: body})
	return err
}

func (h *haul) gone(kind Kind, id int64) {
	h.rows = append(h.rows, store.MirrorPut{Kind: string(kind), ID: key(id), Gone: true})
}

// full stages the batch when there is enough of it.
func (h *haul) full() error {
	if len(h.rows) < h.m.batch {
		return nil
	}
	return h.flush()
}

func (h *haul) flush() error {
	if len(h.rows) == 0 && len(h.pages) == 0 {
		return nil
	}
	draft, err := h.m.raw.Draft()
	if err != nil {
		return err
	}
	lines := json.NewEncoder(draft)
	lines.SetEscapeHTML(false)
	for _, p := range h.pages {
		if err := lines.Encode(packed{p.url, p.fetched.UTC(), string(p.body)}); err != nil {
			return errors.Join(err, draft.Drop())
		}
	}
	raw := store.MirrorRaw{URL: h.m.opts.Client.opts.Base + browse, Rows: len(h.pages), Fetched: h.m.opts.Now().UTC()}
	if raw.SHA256, raw.Bytes, err = draft.Keep(); err != nil {
		return err
	}
	err = h.m.rows.Stage(h.ctx, h.i.Number, h.rows, raw)
	h.rows, h.pages = nil, nil
	return err
}

// unstaged are the numbers that are not staged yet, each once and in order.
func (h *haul) unstaged(kind Kind, ids []int64) (left []int64, err error) {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	keys := make([]string, len(ids))
	for n, id := range ids {
		keys[n] = key(id)
	}
	staged, err := h.m.rows.Staged(h.ctx, h.i.Number, string(kind), keys)
	for n, id := range ids {
		if err == nil && !staged[n] {
			left = append(left, id)
		}
	}
	return left, err
}

// details gets rows by their numbers. One that DEQAR does not have any more is gone.
func details[T any](h *haul, kind Kind, ids []int64, read func([]byte) (T, error), number func(T) int64) error {
	left, err := h.unstaged(kind, ids)
	if err != nil {
		return err
	}
	folder := browse + string(kind) + "s/"
	if kind == KindAgency {
		folder = browse + "agencies/"
	}
	for n, id := range left {
		one, page, err := detail(h.ctx, h.m.opts.Client, folder+strconv.FormatInt(id, 10)+"/", read)
		switch {
		case errors.Is(err, ErrNotFound):
			h.gone(kind, id)
		case err == nil && number(one) != id:
			err = errors.New("DEQAR answered with another row than was asked for")
		case err == nil:
			h.pages = append(h.pages, page)
			err = h.add(kind, id, one)
		}
		if err != nil && !errors.Is(err, ErrNotFound) {
			return errors.Join(ErrStopped, err, h.save())
		}
		if err := h.full(); err != nil {
			return err
		}
		h.m.opts.Progress(string(kind), n+1, len(left))
	}
	return h.flush()
}

// save keeps what was fetched, though the work cannot go on and its context may have ended.
func (h *haul) save() error {
	ctx := h.ctx
	defer func() { h.ctx = ctx }()
	h.ctx = context.WithoutCancel(ctx)
	return h.flush()
}

func (h *haul) institutions(ids []int64) error {
	return details(h, KindInstitution, ids, ReadInstitution, func(i Institution) int64 { return i.ID })
}

func (h *haul) reports(ids []int64) error {
	return details(h, KindReport, ids, ReadReport, func(r Report) int64 { return r.ID })
}

func (h *haul) agenciesAndCountries() error {
	ids, err := h.list(browse+"agencies/", url.Values{"registered": {"All"}}, true, func(row) error { return nil })
	if err != nil {
		return err
	}
	known, err := h.known(KindAgency)
	if err == nil {
		err = details(h, KindAgency, append(ids, known...), ReadAgency, func(a Agency) int64 { return a.ID })
	}
	if err != nil {
		return err
	}
	_, err = h.list(browse+"countries/", nil, true, func(r row) error {
		c, err := ReadCountry(r.raw)
		if err != nil {
			return err
		}
		return h.add(KindCountry, c.ID, c)
	})
	return err
}

// list reads a list, and keeps its pages.
func (h *haul) list(path string, query url.Values, account bool, each func(row) error) ([]int64, error) {
	var last *page
	ids, err := h.m.opts.Client.list(h.ctx, path, query, account, func(r row) error {
		if r.page != last {
			if err := h.full(); err != nil {
				return err
			}
			last, h.pages = r.page, append(h.pages, r.page)
		}
		return each(r)
	})
	if err != nil {
		return ids, errors.Join(ErrStopped, err, h.save())
	}
	return ids, h.flush()
}

// known are the numbers of the rows of a kind that the mirror has.
func (h *haul) known(kinds ...Kind) (ids []int64, err error) {
	for _, kind := range kinds {
		err = errors.Join(err, h.m.rows.Rows(h.ctx, store.View{}, string(kind), func(r store.MirrorRow) error {
			if r.Gone {
				return nil
			}
			id, err := idOf(r.ID)
			ids = append(ids, id)
			return err
		}))
	}
	return ids, err
}
