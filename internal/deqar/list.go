package deqar

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"laurel/internal/strictjson"
)

const (
	browse               = "/webapi/v2/browse/"
	programmeReports     = browse + "reports/programme/by-institution/"
	institutionalReports = browse + "reports/institutional/by-institution/"
	maxPasses            = 4 // through a list that changes
	maxProgrammes        = 3000
	maxRows              = 200_000
)

// row is one row of a list, and the page that it stands on.
type row struct {
	id   int64
	raw  []byte
	page *page
}

type page struct {
	url     string
	fetched time.Time
	body    []byte
}

// list reads a list to its end, and each row once or more; it returns the numbers of the
// rows. Where the count moves, or the rows are not as many, it begins again (DEQAR §1.2).
func (c *Client) list(ctx context.Context, path string, query url.Values, account bool, each func(row) error) ([]int64, error) {
	limit := c.opts.PageSize
	for pass := 0; pass < maxPasses; {
		ids, shorter, err := c.pass(ctx, path, query, account, limit, each)
		switch {
		case shorter > 0: // DEQAR makes shorter pages: offsets must be multiples of theirs
			limit = shorter
			continue
		case !errors.Is(err, ErrDrift):
			return ids, err
		}
		pass++
	}
	return nil, fmt.Errorf("%s: %w", path, ErrDrift)
}

// pass goes through a list once. shorter is the length of pages that are shorter than asked.
func (c *Client) pass(ctx context.Context, path string, query url.Values, account bool, limit int, each func(row) error) (ids []int64, shorter int, err error) {
	most := maxRows
	if strings.HasPrefix(path, programmeReports) {
		most = maxProgrammes
	}
	seen, count := map[int64]bool{}, -1
	for offset := 0; count < 0 || offset < count; offset += limit {
		l, p, err := c.page(ctx, path, query, account, limit, offset)
		switch rows := len(l.Rows); {
		case err != nil:
			return nil, 0, err
		case l.Count >= most:
			return ids, 0, ErrCapped
		case count >= 0 && l.Count != count, rows > limit && rows != l.Count:
			return nil, 0, ErrDrift
		case offset == 0 && 0 < rows && rows < limit && rows < l.Count:
			return nil, rows, nil
		}
		count = l.Count
		for _, raw := range l.Rows {
			id, err := numberOf(raw)
			if err != nil {
				return nil, 0, err
			}
			if !seen[id] {
				seen[id], ids = true, append(ids, id)
			}
			if err := each(row{id, raw, p}); err != nil {
				return nil, 0, err
			}
		}
		if len(l.Rows) > limit { // a bare array
			break
		}
	}
	if len(ids) != count || seen[0] {
		return nil, 0, ErrDrift
	}
	return ids, 0, nil
}

// numberOf is the number of a row, or of the report that a row wraps.
func numberOf(raw []byte) (int64, error) {
	f, err := readFields(raw, detailLimits)
	if err != nil {
		return 0, err
	}
	if wrapped := f.within("report"); wrapped.v.Is(strictjson.Object) {
		f = wrapped
	}
	return f.number("id"), *f.fault
}

func (c *Client) page(ctx context.Context, path string, query url.Values, account bool, limit, offset int) (l List, p *page, err error) {
	asked := url.Values{"limit": {strconv.Itoa(limit)}, "offset": {strconv.Itoa(offset)}}
	for name, values := range query {
		asked[name] = values
	}
	answer, err := c.get(ctx, path, asked, account, func(body []byte) (err error) {
		l, err = ReadList(body)
		return err
	})
	return l, &page{answer.URL, c.opts.Now(), answer.Body}, err
}

// detail gets a row; ErrNotFound where DEQAR has none.
func detail[T any](ctx context.Context, c *Client, path string, read func([]byte) (T, error)) (one T, p *page, err error) {
	answer, err := c.get(ctx, path, url.Values{"history": {"true"}}, true, func(body []byte) (err error) {
		one, err = read(body)
		return err
	})
	return one, &page{answer.URL, c.opts.Now(), answer.Body}, err
}
