#pragma once
// The table of auth_spf.cpp.

inline constexpr char const* spf_cases =
    R"TABLE(# SPF (RFC 7208) as a table. "NAME TYPE DATA" is DNS (FAIL: nobody can say); "? IP HELO SENDER -> VERDICT [explanation]" asks.
# Sender "-" is the null sender. Written anew from the RFC; the numbers are its sections.

# 4.3, 4.4, 4.5: finding the record
none.example A 192.0.2.1
two.example TXT v=spf1 -all
two.example TXT v=spf1 +all
mixed.example TXT some other text
mixed.example TXT v=spf1 -all
longer.example TXT v=spf10 -all
upper.example TXT V=SPF1 -ALL
bare.example TXT v=spf1
slow.example FAIL -
? 192.0.2.1 h.example a@none.example -> none
? 192.0.2.1 h.example a@missing.example -> none
? 192.0.2.1 h.example a@two.example -> permerror
? 192.0.2.1 h.example a@mixed.example -> fail
? 192.0.2.1 h.example a@longer.example -> none
? 192.0.2.1 h.example a@upper.example -> fail
? 192.0.2.1 h.example a@bare.example -> neutral
? 192.0.2.1 h.example a@slow.example -> temperror
? 192.0.2.1 h.example a@single -> none
? 192.0.2.1 h.example a@two..dots -> none
? 192.0.2.1 h.example a@[192.0.2.1] -> none
? 192.0.2.1 h.example a@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example -> none
# 2.4: the null sender stands for the HELO name
? 192.0.2.1 upper.example - -> fail
? 192.0.2.1 none.example - -> none
? 192.0.2.1 [192.0.2.1] - -> none

# 4.6.2, 5.1: qualifiers and all
pass.example TXT v=spf1 +all
soft.example TXT v=spf1 ~all
neutral.example TXT v=spf1 ?all
plain.example TXT v=spf1 all
dead.example TXT v=spf1 -all ip4:192.0.2.1
allarg.example TXT v=spf1 -all:x.example
allcidr.example TXT v=spf1 -all/8
? 192.0.2.1 h.example a@pass.example -> pass
? 192.0.2.1 h.example a@soft.example -> softfail
? 192.0.2.1 h.example a@neutral.example -> neutral
? 192.0.2.1 h.example a@plain.example -> pass
? 192.0.2.1 h.example a@dead.example -> fail
? 192.0.2.1 h.example a@allarg.example -> permerror
? 192.0.2.1 h.example a@allcidr.example -> permerror

# 4.6: any syntax error anywhere is permerror, also behind a match
late.example TXT v=spf1 +all nonsense
unknown.example TXT v=spf1 foo:bar.example -all
colon.example TXT v=spf1 a: -all
slash.example TXT v=spf1 a/ -all
equal.example TXT v=spf1 moo=cow.example -all
badmod.example TXT v=spf1 1moo=cow -all
badmacro.example TXT v=spf1 moo=%{z} -all
spaces.example TXT v=spf1   ip4:192.0.2.1    -all
comma.example TXT v=spf1 ip4:192.0.2.1,-all
? 192.0.2.1 h.example a@late.example -> permerror
? 192.0.2.1 h.example a@unknown.example -> permerror
? 192.0.2.1 h.example a@colon.example -> permerror
? 192.0.2.1 h.example a@slash.example -> permerror
? 192.0.2.1 h.example a@equal.example -> fail
? 192.0.2.1 h.example a@badmod.example -> permerror
? 192.0.2.1 h.example a@badmacro.example -> permerror
? 192.0.2.1 h.example a@spaces.example -> pass
? 192.0.2.1 h.example a@comma.example -> permerror

# 5.6: ip4 and ip6
ip4.example TXT v=spf1 ip4:192.0.2.1 -all
ip4net.example TXT v=spf1 ip4:192.0.2.0/24 -all
ip4zero.example TXT v=spf1 ip4:0.0.0.0/0 -all
ip4bad.example TXT v=spf1 ip4:192.0.2 -all
ip4cidr.example TXT v=spf1 ip4:192.0.2.1/33 -all
ip4lead.example TXT v=spf1 ip4:192.0.2.1/032 -all
ip4dual.example TXT v=spf1 ip4:192.0.2.1//32 -all
ip4none.example TXT v=spf1 ip4 -all
ip4port.example TXT v=spf1 ip4:192.0.2.1:8080 -all
ip6.example TXT v=spf1 ip6:2001:db8::1 -all
ip6net.example TXT v=spf1 ip6:2001:db8::/32 -all
ip6zero.example TXT v=spf1 ip6:::1/0 -all
ip6bad.example TXT v=spf1 ip6:2001:db8::1/129 -all
ip6four.example TXT v=spf1 ip6:192.0.2.1 -all
? 192.0.2.1 h.example a@ip4.example -> pass
? 192.0.2.2 h.example a@ip4.example -> fail
? 2001:db8::1 h.example a@ip4.example -> fail
? ::ffff:192.0.2.1 h.example a@ip4.example -> pass
? 192.0.2.200 h.example a@ip4net.example -> pass
? 192.0.3.1 h.example a@ip4net.example -> fail
? 203.0.113.9 h.example a@ip4zero.example -> pass
? 2001:db8::1 h.example a@ip4zero.example -> fail
? 192.0.2.1 h.example a@ip4bad.example -> permerror
? 192.0.2.1 h.example a@ip4cidr.example -> permerror
? 192.0.2.1 h.example a@ip4lead.example -> permerror
? 192.0.2.1 h.example a@ip4dual.example -> permerror
? 192.0.2.1 h.example a@ip4none.example -> permerror
? 192.0.2.1 h.example a@ip4port.example -> permerror
? 2001:db8::1 h.example a@ip6.example -> pass
? 2001:db8::2 h.example a@ip6.example -> fail
? 2001:db8:ffff::9 h.example a@ip6net.example -> pass
? 192.0.2.1 h.example a@ip6zero.example -> fail
? 2001:db8::1 h.example a@ip6zero.example -> pass
? 2001:db8::1 h.example a@ip6bad.example -> permerror
? 192.0.2.1 h.example a@ip6four.example -> permerror

# 5.3: a
a.example TXT v=spf1 a -all
a.example A 192.0.2.10
a.example AAAA 2001:db8::10
aother.example TXT v=spf1 a:a.example -all
acidr.example TXT v=spf1 a:a.example/24 -all
adual.example TXT v=spf1 a:a.example/24//64 -all
asix.example TXT v=spf1 a:a.example//64 -all
azero.example TXT v=spf1 a:a.example/0 -all
abad.example TXT v=spf1 a:a.example/33 -all
anum.example TXT v=spf1 a:a.example.111 -all
aslow.example TXT v=spf1 a:slow.example -all
ahyphen.example TXT v=spf1 a:a.example.-bad -all
abare.example TXT v=spf1 a:museum -all
anull.example TXT v=spf1 a:nowhere.example ip4:192.0.2.10 -all
? 192.0.2.10 h.example a@a.example -> pass
? 192.0.2.11 h.example a@a.example -> fail
? 2001:db8::10 h.example a@a.example -> pass
? 192.0.2.10 h.example a@aother.example -> pass
? 192.0.2.99 h.example a@acidr.example -> pass
? 2001:db8::11 h.example a@acidr.example -> fail
? 2001:db8::11 h.example a@adual.example -> pass
? 192.0.2.99 h.example a@adual.example -> pass
? 192.0.2.99 h.example a@asix.example -> fail
? 203.0.113.1 h.example a@azero.example -> pass
? 192.0.2.10 h.example a@abad.example -> permerror
? 192.0.2.10 h.example a@anum.example -> permerror
? 192.0.2.10 h.example a@aslow.example -> temperror
? 192.0.2.10 h.example a@ahyphen.example -> permerror
? 192.0.2.10 h.example a@abare.example -> permerror
? 192.0.2.10 h.example a@anull.example -> pass

# 5.4: mx, at most ten names
mx.example TXT v=spf1 mx -all
mx.example MX mail.mx.example
mail.mx.example A 192.0.2.20
mail.mx.example AAAA 2001:db8::20
mxother.example TXT v=spf1 mx:mx.example/24 -all
mxnone.example TXT v=spf1 mx -all
mxten.example TXT v=spf1 mx -all
mxten.example MX m1.example
mxten.example MX m2.example
mxten.example MX m3.example
mxten.example MX m4.example
mxten.example MX m5.example
mxten.example MX m6.example
mxten.example MX m7.example
mxten.example MX m8.example
mxten.example MX m9.example
mxten.example MX mail.mx.example
mxmany.example TXT v=spf1 mx -all
mxmany.example MX m1.example
mxmany.example MX m2.example
mxmany.example MX m3.example
mxmany.example MX m4.example
mxmany.example MX m5.example
mxmany.example MX m6.example
mxmany.example MX m7.example
mxmany.example MX m8.example
mxmany.example MX m9.example
mxmany.example MX m10.example
mxmany.example MX mail.mx.example
? 192.0.2.20 h.example a@mx.example -> pass
? 2001:db8::20 h.example a@mx.example -> pass
? 192.0.2.21 h.example a@mx.example -> fail
? 192.0.2.21 h.example a@mxother.example -> pass
? 192.0.2.20 h.example a@mxnone.example -> fail
? 192.0.2.20 h.example a@mxten.example -> pass
? 192.0.2.20 h.example a@mxmany.example -> permerror

# 5.2: include
inc.example TXT v=spf1 include:ip4.example -all
incsoft.example TXT v=spf1 include:soft.example ?all
incnone.example TXT v=spf1 include:none.example -all
incperm.example TXT v=spf1 include:unknown.example -all
inctemp.example TXT v=spf1 include:slow.example -all
incempty.example TXT v=spf1 include: -all
inccidr.example TXT v=spf1 include:ip4.example/24 -all
incminus.example TXT v=spf1 -include:ip4.example +all
? 192.0.2.1 h.example a@inc.example -> pass
? 192.0.2.2 h.example a@inc.example -> fail
? 192.0.2.1 h.example a@incsoft.example -> neutral
? 192.0.2.1 h.example a@incnone.example -> permerror
? 192.0.2.1 h.example a@incperm.example -> permerror
? 192.0.2.1 h.example a@inctemp.example -> temperror
? 192.0.2.1 h.example a@incempty.example -> permerror
? 192.0.2.1 h.example a@inccidr.example -> permerror
? 192.0.2.1 h.example a@incminus.example -> fail

# 6.1: redirect
red.example TXT v=spf1 redirect=ip4.example
redall.example TXT v=spf1 -all redirect=pass.example
rednone.example TXT v=spf1 redirect=none.example
redtwice.example TXT v=spf1 redirect=ip4.example redirect=pass.example
redbad.example TXT v=spf1 redirect=
? 192.0.2.1 h.example a@red.example -> pass
? 192.0.2.2 h.example a@red.example -> fail
? 192.0.2.1 h.example a@redall.example -> fail
? 192.0.2.1 h.example a@rednone.example -> permerror
? 192.0.2.1 h.example a@redtwice.example -> permerror
? 192.0.2.1 h.example a@redbad.example -> permerror

# 5.5, 5.7, 7: ptr, exists, macros
192.0.2.30 PTR host.ptr.example
192.0.2.31 PTR liar.ptr.example
host.ptr.example A 192.0.2.30
liar.ptr.example A 192.0.2.99
ptr.example TXT v=spf1 ptr -all
ptrother.example TXT v=spf1 ptr:ptr.example -all
exists.example TXT v=spf1 exists:%{i}.list.exists.example -all
192.0.2.40.list.exists.example A 127.0.0.2
existslr.example TXT v=spf1 exists:%{l1r-}.%{ir}.%{v}.x.example -all
ali.41.2.0.192.in-addr.x.example A 127.0.0.2
existsd.example TXT v=spf1 exists:%{d2}.y.example -all
existsd.example.y.example A 127.0.0.2
existsh.example TXT v=spf1 exists:%{h}.z.example -all
h.example.z.example A 127.0.0.2
existsno.example TXT v=spf1 exists -all
macroc.example TXT v=spf1 exists:%{c}.x.example -all
macroopen.example TXT v=spf1 exists:%{d.x.example -all
macropct.example TXT v=spf1 exists:100%.x.example -all
macrozero.example TXT v=spf1 exists:%{d0}.x.example -all
? 192.0.2.30 h.example a@ptr.example -> pass
? 192.0.2.31 h.example a@ptr.example -> fail
? 192.0.2.32 h.example a@ptr.example -> fail
? 192.0.2.30 h.example a@ptrother.example -> pass
? 192.0.2.40 h.example a@exists.example -> pass
? 192.0.2.41 h.example a@exists.example -> fail
? 192.0.2.41 h.example tugas-ali@existslr.example -> fail
? 192.0.2.41 h.example ali-tugas@existslr.example -> pass
? 192.0.2.41 h.example a@existsd.example -> pass
? 192.0.2.41 h.example a@existsh.example -> pass
? 192.0.2.41 other.example a@existsh.example -> fail
? 192.0.2.41 h.example a@existsno.example -> permerror
? 192.0.2.41 h.example a@macroc.example -> permerror
? 192.0.2.41 h.example a@macroopen.example -> permerror
? 192.0.2.41 h.example a@macropct.example -> permerror
? 192.0.2.41 h.example a@macrozero.example -> permerror

# 4.6.4: ten lookups, two void ones
loop.example TXT v=spf1 include:loop.example -all
rloop.example TXT v=spf1 redirect=rloop.example
ten.example TXT v=spf1 a a a a a a a a a a ip4:192.0.2.50 -all
ten.example A 192.0.2.51
eleven.example TXT v=spf1 a a a a a a a a a a a ip4:192.0.2.50 -all
eleven.example A 192.0.2.51
void2.example TXT v=spf1 a:v1.example a:v2.example ip4:192.0.2.50 -all
void3.example TXT v=spf1 a:v1.example a:v2.example a:v3.example ip4:192.0.2.50 -all
? 192.0.2.50 h.example a@loop.example -> permerror
? 192.0.2.50 h.example a@rloop.example -> permerror
? 192.0.2.50 h.example a@ten.example -> pass
? 192.0.2.50 h.example a@eleven.example -> permerror
? 192.0.2.50 h.example a@void2.example -> pass
? 192.0.2.50 h.example a@void3.example -> permerror

# 6.2: the domain's own words
exp.example TXT v=spf1 -all exp=why.exp.example
why.exp.example TXT %{i} may not send for %{d}%%
expnone.example TXT v=spf1 -all exp=nowhere.example
exptwo.example TXT v=spf1 -all exp=mixed.example
expbad.example TXT v=spf1 -all exp=badwhy.example
badwhy.example TXT %{z} what
expred.example TXT v=spf1 redirect=exp.example
? 192.0.2.60 h.example a@exp.example -> fail 192.0.2.60 may not send for exp.example%
? 192.0.2.60 h.example a@expnone.example -> fail
? 192.0.2.60 h.example a@exptwo.example -> fail
? 192.0.2.60 h.example a@expbad.example -> fail
? 192.0.2.60 h.example a@expred.example -> fail 192.0.2.60 may not send for exp.example%
)TABLE";
