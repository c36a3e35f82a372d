package deqartest

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// maxProgrammes is where lists of programmes end, whatever there is beyond.
const maxProgrammes = 3000

// page cuts the rows that a query asks for. An offset is floored to a whole page.
func (s *Server) page(r *http.Request, rows []object) (_ []object, count int, next bool, limit, offset int) {
	limit, offset = 10, 0
	fmt.Sscan(r.URL.Query().Get("limit"), &limit)
	fmt.Sscan(r.URL.Query().Get("offset"), &offset)
	most := s.PageLimit
	if most == 0 {
		most = 1000
	}
	limit = max(1, min(limit, most))
	if offset%limit != 0 {
		s.unaligned++
	}
	if strings.Contains(r.URL.Path, "/programme/") && len(rows) > maxProgrammes {
		rows = rows[:maxProgrammes]
	}
	from := min(offset/limit*limit, len(rows))
	to := min(from+limit, len(rows))
	return rows[from:to], len(rows), to < len(rows), limit, offset
}

// turn lets the world change between two pages.
func (s *Server) turn(r *http.Request) {
	offset := 0
	fmt.Sscan(r.URL.Query().Get("offset"), &offset)
	if s.OnPage != nil {
		s.OnPage(r.URL.Path, offset)
	}
}

// search answers as a search-backed list: "next" is a truth value.
func (s *Server) search(w http.ResponseWriter, r *http.Request, rows []object) {
	page, count, next, _, _ := s.page(r, rows)
	write(w, object{"count": count, "next": next, "results": s.without(page), "facets": object{"facet_fields": object{"flag_facet": []any{"none", 3}}}})
	s.turn(r)
}

// plain answers as a plain list: "next" and "previous" are addresses.
func (s *Server) plain(w http.ResponseWriter, r *http.Request, rows []object) {
	page, count, more, limit, offset := s.page(r, rows)
	var next any
	if more {
		next = s.URL + r.URL.Path + "?" + url.Values{"limit": {fmt.Sprint(limit)}, "offset": {fmt.Sprint(offset + limit)}}.Encode()
	}
	write(w, object{"count": count, "next": next, "previous": nil, "results": s.without(page)})
	s.turn(r)
}

func (s *Server) without(rows []object) []object {
	if rows == nil {
		rows = []object{}
	}
	for _, row := range rows {
		for _, name := range s.NoFields {
			delete(row, name)
		}
	}
	return rows
}
