#include <gtest/gtest.h>

#include "model/xid.hpp"
#include "rules/gpu_scene_for_tests.hpp"

namespace vigie::rules {
namespace {

TEST(GpuHealth, HeatHoldsTheClocksDownAndIsNamed) {
  OnGpu scene;
  scene.gpu().throttle = static_cast<std::uint8_t>(Throttle::thermal);
  scene.gpu().temperature_celsius = 86.0;
  EXPECT_EQ(scene.rules(), "gpu-throttled") << "89 % of the highest clock, too hot";
  scene.gpu().sm_clock_hertz = 1900e6;
  EXPECT_EQ(scene.rules(), "");
  scene.gpu().sm_clock_hertz = 900e6;
  const Finding finding = scene.first();
  EXPECT_NE(finding.summary.find("thermal"), std::string::npos);
  EXPECT_NE(finding.actions[0].find("hot"), std::string::npos);
}

TEST(GpuHealth, ALookAtHeatAmongManyAtThePowerLimitIsNotHeat) {
  OnGpu scene;
  scene.gpu().power_watts = 690.0;
  scene.gpu().sm_clock_hertz = 1600e6;
  scene.gpu().throttle = static_cast<std::uint8_t>(Throttle::thermal) | static_cast<std::uint8_t>(Throttle::power_cap);
  scene.history(
      4, [](Snapshot& then, double) { (*then.gpus)[0].throttle = static_cast<std::uint8_t>(Throttle::power_cap); });
  EXPECT_EQ(scene.rules(), "");
}

/// At its power limit, in every look.
struct AtItsLimit : OnGpu {
  AtItsLimit(double watts, double limit, Reading<double> own, double clock_percent) {
    gpu().power_watts = watts;
    gpu().power_limit_watts = limit;
    gpu().power_default_watts = own;
    gpu().sm_clock_hertz = clock_percent / 100 * 1980e6;
  }
  std::string said() {
    for (const Finding& finding : verdict()) {
      if (finding.subject == "train") return std::string(finding.rule) + ", " + std::string(name_of(finding.severity));
    }
    return "";
  }
};

TEST(GpuHealth, ACardAtItsOwnLimitIsHealthyWhateverItsClock) {
  EXPECT_EQ(AtItsLimit(1082, 1100, 1100.0, 70).said(), "") << "B300, matrices";
  EXPECT_EQ(AtItsLimit(70, 70, 70.0, 57).said(), "") << "T4";
  EXPECT_EQ(AtItsLimit(70, 70, 70.0, 37).said(), "");
  EXPECT_EQ(AtItsLimit(229, 210, Presence::unknown, 60).said(), "") << "a peak above the limit";
}

TEST(GpuHealth, ALimitThatItsOwnerLoweredIsANote) {
  EXPECT_EQ(AtItsLimit(448, 450, 1100.0, 46).said(), "gpu-throttled, info");
  EXPECT_EQ(AtItsLimit(314, 315, 350.0, 72).said(), "") << "a tenth less costs little";
  EXPECT_EQ(AtItsLimit(300, 450, 1100.0, 90).said(), "") << "it does not meet it";
  AtItsLimit scene(448, 450, 1100.0, 46);
  EXPECT_NE(scene.first().evidence[1].text.find("450 W"), std::string::npos);
  scene.gpu().busy_percent = 3.0;
  EXPECT_EQ(scene.rules().find("gpu-throttled"), std::string::npos) << "an idle GPU has low clocks";
  AtItsLimit starved(448, 450, 1100.0, 46);
  starved.gpu().busy_percent = 60.0;
  starved.rates(0).states = shares(0.2, 0.8, 0.2);
  starved.rates(0).cpu_percent = 20;
  starved.rates(1).states = shares(1, 0, 1);
  EXPECT_EQ(starved.rules(), "loader-cpu") << "where something is wrong the note is left out";
}

TEST(GpuHealth, WithoutItsOwnLimitHalfTheClockIsLow) {
  EXPECT_EQ(AtItsLimit(298, 300, Presence::unsupported, 47).said(), "gpu-throttled, warning");
  EXPECT_EQ(AtItsLimit(314, 315, Presence::unsupported, 72).said(), "") << "RTX 3090";
}

TEST(GpuHealth, ACardThatIsNotGivenItsPowerIsSick) {
  EXPECT_EQ(AtItsLimit(240, 400, 400.0, 65).said(), "gpu-throttled, warning") << "A100";
  EXPECT_EQ(AtItsLimit(180, 300, 400.0, 55).said(), "gpu-throttled, warning") << "the same below a lowered limit";
  EXPECT_EQ(AtItsLimit(588, 35, 35.0, 10).said(), "gpu-throttled, warning") << "a measurement that stands still";
  AtItsLimit scene(240, 400, 400.0, 65);
  scene.history(4, [](Snapshot& then, double second) { (*then.gpus)[0].busy_percent = second == -2 ? 70.0 : 98.0; });
  EXPECT_EQ(scene.rules(), "") << "it had pauses, and the power is an average";
  scene.history(4, [](Snapshot& then, double second) {
    if (second == -3) (*then.gpus)[0].throttle = std::uint8_t{0};
  });
  EXPECT_EQ(scene.rules(), "") << "the bit comes and goes on healthy cards";
}

TEST(GpuHealth, AnXidIsExplainedToTheRunAndToTheHost) {
  OnGpu scene;
  scene.gpu().xid = 31U;
  EXPECT_EQ(scene.rules(), "gpu-error");
  EXPECT_EQ(scene.rules("host"), "gpu-error");
  EXPECT_NE(scene.first().actions[0].find("compute-sanitizer"), std::string::npos);
  scene.gpu().xid = 79U;
  EXPECT_NE(scene.first().evidence[0].text.find("fell off the bus"), std::string::npos);
}

TEST(GpuHealth, WhatTheDriverAsksForIsDoneFirstAndTheCauseStaysTheCause) {
  OnGpu scene;
  scene.gpu().xid = 31U;
  scene.gpu().xids = std::vector{31U, 154U};
  scene.gpu().recovery = GpuRecovery::reboot;
  const Finding finding = scene.first();
  EXPECT_NE(finding.evidence[0].text.find("Xid 31"), std::string::npos) << finding.evidence[0].text;
  EXPECT_NE(finding.evidence[0].text.find("154"), std::string::npos);
  EXPECT_NE(finding.actions[0].find("reboot"), std::string::npos);
  EXPECT_NE(finding.actions[1].find("compute-sanitizer"), std::string::npos);
}

TEST(GpuHealth, WhatACardHasDealtWithIsANote) {
  OnGpu scene;
  scene.gpu().xid = 63U;
  EXPECT_EQ(scene.first().severity, Severity::warning) << "whether it has is not known";
  scene.gpu().remap_pending = false;
  scene.gpu().remap_failed = false;
  EXPECT_EQ(scene.first().severity, Severity::info);
  scene.gpu().remap_pending = true;
  EXPECT_EQ(scene.first().severity, Severity::warning);
  scene.gpu().remap_failed = true;
  EXPECT_EQ(scene.first().severity, Severity::critical);
  EXPECT_NE(scene.first().evidence[0].text.find("could not be replaced"), std::string::npos);
}

TEST(GpuHealth, WhatFollowsAloneIsANoteAndLinksMayBeHarmless) {
  OnGpu scene;
  scene.gpu().xid = 45U;
  EXPECT_EQ(scene.first().severity, Severity::info) << "somebody's program was killed";
  scene.gpu().xid = 145U;
  EXPECT_EQ(scene.first().severity, Severity::warning);
  scene.gpu().recovery = GpuRecovery::drain_and_reset;
  EXPECT_EQ(scene.first().severity, Severity::critical);
}

TEST(GpuHealth, TheWorstGpuIsNamedAndTheOthersBesideIt) {
  OnGpu scene;
  GpuSample other = scene.gpu();
  other.index = 1;
  other.uuid = "GPU-1";
  other.xid = 79U;
  scene.gpu().remap_pending = true;
  scene.now.gpus = std::vector{scene.gpu(), other};
  const Finding finding = scene.first("host");
  EXPECT_EQ(finding.severity, Severity::critical);
  EXPECT_NE(finding.summary.find("GPU 1"), std::string::npos) << finding.summary;
  EXPECT_NE(finding.evidence.back().text.find("GPU 0"), std::string::npos);
}

TEST(GpuHealth, StatesOfACardAreToldApart) {
  for (const auto& [state, text] :
       {std::pair(GpuState::lost, "fell off the bus"), std::pair(GpuState::needs_reset, "has to be reset"),
        std::pair(GpuState::unpowered, "power cables"), std::pair(GpuState::unopened, "no handle")}) {
    OnGpu scene;
    GpuSample other = without_values(scene.gpu(), Presence::unknown);
    other.index = 1;
    other.uuid = "GPU-1";
    other.state = state;
    scene.now.gpus = std::vector{scene.gpu(), other};
    EXPECT_EQ(scene.rules(), "") << name_of(state);
    EXPECT_NE(scene.first("host").evidence.at(0).text.find(text), std::string::npos) << name_of(state);
    for (const GpuState none : {GpuState::denied, GpuState::asleep}) {
      (*scene.now.gpus)[1].state = none;
      EXPECT_EQ(scene.rules("host"), "") << "a card that is not ours is no error";
    }
  }
}

TEST(GpuHealth, WhatTheDriverWantsDoneIsAnError) {
  OnGpu scene;
  scene.gpu().recovery = GpuRecovery::none;
  EXPECT_EQ(scene.rules(), "");
  scene.gpu().recovery = GpuRecovery::drain_and_reset;
  EXPECT_EQ(scene.rules(), "gpu-error");
  EXPECT_NE(scene.first().evidence[0].text.find("drain and reset"), std::string::npos);
}

TEST(GpuHealth, ALostGpuIsAnErrorOfThoseOnItAlone) {
  OnGpu scene;
  GpuSample other = without_values(scene.gpu(), Presence::unknown);
  other.index = 1;
  other.uuid = "GPU-1";
  other.state = GpuState::lost;
  scene.now.gpus = std::vector{scene.gpu(), other};
  EXPECT_EQ(scene.rules(), "");
  EXPECT_EQ(scene.rules("host"), "gpu-error");
}

TEST(GpuHealth, ErrorsOfMemoryAreTold) {
  OnGpu scene;
  scene.gpu().ecc_uncorrected = 2;
  EXPECT_EQ(scene.rules(), "gpu-error");
  scene.gpu().ecc_uncorrected = 0;
  scene.gpu().remap_pending = true;
  EXPECT_EQ(scene.rules(), "gpu-error");
}

TEST(GpuHealth, MemoryOfAZombieIsNamed) {
  OnGpu scene;
  scene.process(1).state = 'Z';
  scene.gpu().clients =
      std::vector{GpuClient{.pid = 10, .memory_bytes = 20 * gib}, GpuClient{.pid = 11, .memory_bytes = 20 * gib}};
  EXPECT_EQ(scene.rules("host"), "gpu-memory-held");
  EXPECT_NE(scene.first("host").evidence[0].text.find("pid 11, a zombie"), std::string::npos);
}

TEST(GpuHealth, MemoryOfAProcessThatDoesNotExistIsSaidOutsideOfContainers) {
  OnGpu scene;
  scene.gpu().clients =
      std::vector{GpuClient{.pid = 10, .memory_bytes = 20 * gib}, GpuClient{.pid = 3999999, .memory_bytes = 10 * gib}};
  scene.history(4, [](Snapshot&, double) {});
  EXPECT_EQ(scene.rules("host"), "") << "it may be in another namespace";
  see_everybody(scene);
  EXPECT_EQ(scene.rules("host"), "gpu-memory-held");
  EXPECT_NE(scene.first("host").evidence[0].text.find("pid 3999999"), std::string::npos);
  EXPECT_EQ(scene.rules(), "");
  scene.history(4, [](Snapshot& then, double second) {
    if (second == -1) (*(*then.gpus)[0].clients).pop_back();
  });
  EXPECT_EQ(scene.rules("host"), "") << "it has just begun";
  scene.history(0, [](Snapshot&, double) {});
  EXPECT_EQ(scene.rules("host"), "") << "one look is none";
}

TEST(GpuHealth, MemoryOfNobodyIsSaidWhenTheGpuIsIdle) {
  Idle scene;
  scene.gpu().clients = std::vector<GpuClient>();
  EXPECT_EQ(scene.rules("host"), "") << "a container does not see who is on it";
  see_everybody(scene);
  scene.gpu().clients = std::vector<GpuClient>();
  EXPECT_EQ(scene.rules("host"), "gpu-memory-held");
  EXPECT_EQ(scene.first("host").severity, Severity::info) << "nobody can be named";
  scene.gpu().busy_percent = 90.0;
  EXPECT_EQ(scene.rules("host"), "") << "somebody in another container uses it";
  scene.gpu().busy_percent = 0.0;
  scene.gpu().memory_used_bytes = gib / 2;
  EXPECT_EQ(scene.rules("host"), "") << "the driver's own";
  scene.gpu().memory_used_bytes = 41 * gib;
  scene.gpu().clients = Presence::denied;
  EXPECT_EQ(scene.rules("host"), "") << "who is on it is not known";
}

TEST(GpuHealth, ABrokenMeasurementOfPowerIsNotHeatWhateverTheDriverSays) {
  OnGpu scene;
  scene.gpu().power_watts = 588.0;
  scene.gpu().power_limit_watts = 35.0;
  scene.gpu().sm_clock_hertz = 210e6;
  scene.gpu().temperature_celsius = 48.0;
  scene.gpu().throttle = static_cast<std::uint8_t>(Throttle::thermal) | static_cast<std::uint8_t>(Throttle::power_cap);
  const Finding finding = scene.first();
  EXPECT_EQ(finding.rule, "gpu-throttled");
  EXPECT_NE(finding.causes[0].find("measurement of power is broken"), std::string::npos);
  EXPECT_EQ(finding.actions[0].find("fans"), std::string::npos) << finding.actions[0];
}

TEST(GpuHealth, ACardThatCallsItselfHotFarFromItsLimitIsNotToldToCleanItsFans) {
  OnGpu scene;
  scene.gpu().throttle = static_cast<std::uint8_t>(Throttle::thermal);
  scene.gpu().sm_clock_hertz = 400e6;
  scene.gpu().temperature_celsius = 56.0;
  scene.gpu().slowdown_celsius = 97.0;
  EXPECT_EQ(scene.first().actions[0].find("fans"), std::string::npos) << scene.first().actions[0];
  scene.gpu().memory_temperature_celsius = 95.0;
  EXPECT_NE(scene.first().actions[0].find("fans"), std::string::npos) << "its memory is hot";
}

TEST(GpuHealth, WhatTheDriverAsksForTakesThePlaceOfGeneralAdvice) {
  OnGpu scene;
  scene.gpu().recovery = GpuRecovery::reboot;
  const Finding finding = scene.first();
  ASSERT_EQ(finding.actions.size(), 1U);
  EXPECT_NE(finding.actions[0].find("reboot"), std::string::npos);
  EXPECT_EQ(finding.actions[0].find("--gpu-reset"), std::string::npos);
}

/// The finding about these Xids, with a GPU that goes on.
Finding about_xids(std::vector<unsigned> numbers, double busy = 97) {
  OnGpu scene;
  scene.gpu().busy_percent = busy;
  scene.gpu().xid = leading_xid(numbers);
  scene.gpu().xids = std::move(numbers);
  return scene.first();
}

TEST(GpuHealth, AnErrorOfNvlinkThatTookAProgramOffDidHarm) {
  EXPECT_EQ(about_xids({145}).severity, Severity::warning);
  EXPECT_EQ(about_xids({145, 45}, 0).severity, Severity::critical);
}

TEST(GpuHealth, ANumberThatIsNotKnownIsAWarningUnlessTheDriverAsksForSomething) {
  EXPECT_EQ(about_xids({999}).severity, Severity::warning);
  EXPECT_EQ(about_xids({999}).actions[0].find("replaced"), std::string::npos);
}

TEST(GpuHealth, ARunThatComputesOnIsNotTheOneWhoseErrorItWas) {
  EXPECT_EQ(about_xids({31}).severity, Severity::warning);
  EXPECT_EQ(about_xids({31}, 0).severity, Severity::critical);
}

TEST(GpuHealth, MemoryThatWasLostInOneProgramEndsThatProgramAlone) {
  EXPECT_EQ(about_xids({94}).actions[0].find("--gpu-reset"), std::string::npos);
}

TEST(GpuHealth, RowsThatWereReplacedAreANote) {
  OnGpu scene;
  scene.gpu().ecc_uncorrected = 1;
  EXPECT_EQ(scene.first().severity, Severity::warning);
  scene.gpu().remapped_rows = 1;
  scene.gpu().remap_pending = scene.gpu().remap_failed = false;
  EXPECT_EQ(scene.first().severity, Severity::info);
}

TEST(GpuHealth, ACardThatIsGoneHoldsNoMemoryForAProcessThatEndedMeanwhile) {
  OnGpu scene;
  see_everybody(scene);
  scene.gpu() = without_values(scene.gpu(), Presence::unknown);
  scene.gpu().state = GpuState::lost;
  scene.gpu().clients = Reading<std::vector<GpuClient>>::stale({GpuClient{.pid = 4711}});
  scene.history(4, [](Snapshot&, double) {});
  EXPECT_EQ(scene.first("host").rule, "gpu-error");
  EXPECT_EQ(scene.rules("host").find("gpu-memory-held"), std::string::npos) << scene.rules("host");
}

}  // namespace
}  // namespace vigie::rules
