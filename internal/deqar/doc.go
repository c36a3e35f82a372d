// Package deqar answers: what does DEQAR say about this institution, and since when do we
// know?
//
// DEQAR is the database of the reports that quality-assurance agencies registered with EQAR
// made on institutions and their programmes. This package reads its CSV files and its Web API
// (DEQAR §1.2, §1.6), keeps what they said and when in a mirror that forgets nothing
// (DEQAR §1.8), and decides by a policy of ours, not of EQAR, which awards of an institution
// its reports reach on a day (DEQAR §1.5).
//
// Not being in DEQAR says nothing against an institution. A name that is equal is not an
// identity, and a website is not the control of a domain. The bytes of DEQAR are foreign and
// are read within budgets; a vocabulary word that is not known here, and a field that is
// missing, is "not said" and never confers anything.
package deqar
