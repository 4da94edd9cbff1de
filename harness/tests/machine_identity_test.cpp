// What the machine is, told from a made-up system's files.
#include "system/machine_identity.h"

#include "comparing/floor.h"
#include "made_up_system.h"
#include "system/fingerprint.h"
#include "system/processors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace dispatchbench {
namespace {

std::string xeon_cpuinfo(const std::string& number, const std::string& microcode) {
  return "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: " + number +
         "\nmodel name\t: Intel(R) Xeon(R) Processor\nstepping\t: 2\nmicrocode\t: " + microcode +
         "\nflags\t\t: fpu sse hypervisor\n\nprocessor\t: 1\nvendor_id\t: SomebodyElse";
}

void make_xeon(MadeUpSystem& system, const std::string& number, const std::string& instruction_cache,
               const std::string& microcode = "0x1") {
  system.write("proc/cpuinfo", xeon_cpuinfo(number, microcode))
      .write("sys/devices/system/cpu/online", "0-1")
      .write("sys/devices/system/cpu/smt/active", "0")
      .cache(0, "1", "Data", "48K")
      .cache(1, "1", "Instruction", instruction_cache)
      .cache(2, "2", "Unified", "2048K");
}

nlohmann::ordered_json identity_of(const MadeUpSystem& system) {
  return machine_identity({system.root, "x86_64", "Linux 6.18", "KVMKVMKVM"});
}

TEST(MachineIdentity, NamesAllThatMakesTimesComparable) {
  MadeUpSystem system;
  make_xeon(system, "207", "32K");
  const auto machine = identity_of(system);
  EXPECT_EQ(
      machine["fingerprint"],
      "v2; model Intel(R) Xeon(R) Processor; vendor GenuineIntel; family 6; number 207; stepping 2; "
      "microcode 0x1; processors 2 x x86_64; SMT off; L1d 48K; L1i 32K; L2 2048K; hypervisor KVMKVMKVM; "
      "kernel Linux 6.18; sampling after forgetting branches");
  EXPECT_EQ(machine["cpu_vendor"], "GenuineIntel");
  EXPECT_EQ(machine["cpu_model_number"], "207");
  EXPECT_EQ(machine["hypervisor"], "KVMKVMKVM");
  EXPECT_EQ(machine["fingerprint_version"], 2);
}

TEST(MachineIdentity, TwoGenerationsWithOneModelNameDiffer) {
  MadeUpSystem one;
  MadeUpSystem other;
  make_xeon(one, "207", "32K");
  make_xeon(other, "173", "64K");
  EXPECT_EQ(machine_difference(identity_of(one)["fingerprint"].get<std::string>(),
                               identity_of(other)["fingerprint"].get<std::string>()),
            "another machine, number 207 against 173, L1i 32K against 64K");
  make_xeon(other, "207", "64K"); // A hypervisor that hides the number.
  EXPECT_EQ(machine_difference(identity_of(one)["fingerprint"].get<std::string>(),
                               identity_of(other)["fingerprint"].get<std::string>()),
            "another machine, L1i 32K against 64K");
}

TEST(MachineIdentity, TimesTakenInAnotherWayAreToldApartOnOneMachine) {
  const std::string before = make_fingerprint({{"model", "Some Processor"}});
  const std::string after = make_fingerprint({{"model", "Some Processor"}, {sampling_fact, "afresh"}});
  EXPECT_EQ(machine_difference(before, after), "another way of measuring, sampling none against afresh");
}

TEST(MachineIdentity, DiffersByMicrocode) {
  MadeUpSystem one;
  MadeUpSystem other;
  make_xeon(one, "207", "32K", "0x1");
  make_xeon(other, "207", "32K", "0xffffffff");
  EXPECT_EQ(machine_difference(identity_of(one)["fingerprint"].get<std::string>(),
                               identity_of(other)["fingerprint"].get<std::string>()),
            "another machine, microcode 0x1 against 0xffffffff");
}

TEST(MachineIdentity, OfAarch64IsItsIdentificationRegister) {
  MadeUpSystem system;
  system
      .write("proc/cpuinfo",
             "processor\t: 0\nFeatures\t: fp asimd\nCPU implementer\t: 0x41\nCPU architecture: "
             "8\nCPU variant\t: 0x3\nCPU part\t: 0xd0c\nCPU revision\t: 1")
      .write("sys/devices/system/cpu/online", "0-3")
      .cache(0, "1", "Data", "64K");
  const auto machine = machine_identity({system.root, "aarch64", "Linux 6.1", ""});
  EXPECT_EQ(
      machine["fingerprint"],
      "v2; model implementer 0x41 part 0xd0c; implementer 0x41; architecture 8; variant 0x3; part 0xd0c; "
      "revision 1; processors 4 x aarch64; SMT unknown; L1d 64K; hypervisor unknown; kernel Linux 6.1; "
      "sampling after forgetting branches");
}

TEST(MachineIdentity, OfAMachineOfItsOwnHasNoHypervisor) {
  MadeUpSystem system;
  system.write("proc/cpuinfo", "model name\t: Some; Processor\nflags\t\t: fpu sse");
  const auto machine = machine_identity({system.root, "x86_64", "Linux 6.1", ""});
  EXPECT_EQ(machine["hypervisor"], "none");
  EXPECT_TRUE(machine["microcode"].is_null());
  EXPECT_THAT(machine["fingerprint"].get<std::string>(),
              testing::HasSubstr("model Some, Processor; vendor unknown"));
}

TEST(MachineIdentity, HypervisorIsWhatEverybodySaysOfIt) {
  MadeUpSystem system;
  system.write("proc/cpuinfo", "flags : hypervisor")
      .write("sys/class/dmi/id/sys_vendor", "Amazon EC2")
      .write("sys/class/dmi/id/product_name", "m7i.large");
  EXPECT_EQ(identity_of(system)["hypervisor"], "KVMKVMKVM, Amazon EC2, m7i.large");
}

TEST(Fingerprint, OfAnOlderVersionNeverEqualsANewOne) {
  const std::string older = "Intel(R) Xeon(R) Processor, 2 x x86_64, virtualization \"none\"";
  const std::string newer = make_fingerprint({{"model", "Intel(R) Xeon(R) Processor"}});
  EXPECT_FALSE(is_current_fingerprint(older));
  EXPECT_TRUE(is_current_fingerprint(newer));
  EXPECT_THAT(machine_difference(older, newer), testing::HasSubstr("an older version wrote \"Intel"));
  EXPECT_EQ(machine_difference(older, older), "");
}

TEST(Floor, OfAnOlderVersionIsKeptAndNotUsedAndSaidSo) {
  MadeUpSystem system;
  make_xeon(system, "207", "32K");
  const auto machine = identity_of(system);
  const std::string older = "Intel(R) Xeon(R) Processor, 2 x x86_64, virtualization \"none\"";
  const std::filesystem::path file = system.root / "floor.json";
  write_floor(open_floor(file), older, {0.03, 0.05, 10, 0});
  EXPECT_FALSE(read_floor(file, machine["fingerprint"]));
  EXPECT_THAT(floor_note(file, machine), testing::HasSubstr("measure again with dispatchbench compare --aa"));
  write_floor(open_floor(file), machine["fingerprint"], {0.01, 0.02, 10, 0});
  EXPECT_EQ(floor_note(file, machine), "");
  EXPECT_EQ(read_floor(file, older)->floor, 0.03);
  EXPECT_EQ(read_floor(file, machine["fingerprint"])->floor, 0.01);
}

TEST(Processors, OfDifferentKindsAreListedFastestFirst) {
  MadeUpSystem intel;
  intel.write("sys/devices/cpu_core/cpus", "0-15").write("sys/devices/cpu_atom/cpus", "16-19");
  const auto kinds = processor_kinds(intel.root);
  ASSERT_EQ(kinds.size(), 2U);
  EXPECT_EQ(kinds[0].processors, "0-15");
  EXPECT_EQ(kinds[1].processors, "16-19");

  MadeUpSystem arm;
  arm.write("sys/devices/system/cpu/online", "0-2");
  for (const auto& [processor, capacity] :
       {std::pair("0", "400"), std::pair("1", "1024"), std::pair("2", "1024")})
    arm.write(std::string("sys/devices/system/cpu/cpu") + processor + "/cpu_capacity", capacity);
  const auto arm_kinds = processor_kinds(arm.root);
  ASSERT_EQ(arm_kinds.size(), 2U);
  EXPECT_EQ(arm_kinds[0].processors, "1-2");
  EXPECT_EQ(arm_kinds[1].processors, "0");
}

TEST(Processors, OfDifferentFrequenciesOrPerformanceAreOfDifferentKinds) {
  MadeUpSystem dense; // Two cores of full size that turned out differently, two dense ones.
  dense.write("sys/devices/system/cpu/online", "0-3");
  const std::vector<std::string> frequencies{"5132000", "5000000", "3507000", "3507000"};
  for (std::size_t i = 0; i < frequencies.size(); ++i)
    dense.write("sys/devices/system/cpu/cpu" + std::to_string(i) + "/cpufreq/cpuinfo_max_freq",
                frequencies[i]);
  const auto kinds = processor_kinds(dense.root);
  ASSERT_EQ(kinds.size(), 2U);
  EXPECT_EQ(kinds[0].processors, "0-1");
  EXPECT_EQ(kinds[1].processors, "2-3");

  MadeUpSystem rated;
  rated.write("sys/devices/system/cpu/online", "0-2");
  const std::vector<std::string> ratings{"40", "64", "64"};
  for (std::size_t i = 0; i < ratings.size(); ++i)
    rated.write("sys/devices/system/cpu/cpu" + std::to_string(i) + "/acpi_cppc/highest_perf", ratings[i]);
  const auto rated_kinds = processor_kinds(rated.root);
  ASSERT_EQ(rated_kinds.size(), 2U);
  EXPECT_EQ(rated_kinds[0].processors, "1-2");
}

TEST(Processors, RatedByHowWellTheyTurnedOutAreOfOneKind) {
  MadeUpSystem system;
  system.write("sys/devices/system/cpu/online", "0-7");
  for (int i = 0; i < 8; ++i)
    system.write("sys/devices/system/cpu/cpu" + std::to_string(i) + "/acpi_cppc/highest_perf",
                 std::to_string(166 + 9 * i));
  EXPECT_TRUE(processor_kinds(system.root).empty());
}

TEST(Processors, ThreeKindsHaveThreeNames) {
  MadeUpSystem phone;
  phone.write("sys/devices/system/cpu/online", "0-2");
  for (const auto& [processor, capacity] :
       {std::pair("0", "300"), std::pair("1", "700"), std::pair("2", "1024")})
    phone.write(std::string("sys/devices/system/cpu/cpu") + processor + "/cpu_capacity", capacity);
  const auto kinds = processor_kinds(phone.root);
  EXPECT_EQ(kind_of(kinds, 2), "performance");
  EXPECT_EQ(kind_of(kinds, 1), "middle");
  EXPECT_EQ(kind_of(kinds, 0), "efficiency");
  EXPECT_EQ(kind_of(kinds, 3), "");
}

TEST(DefaultProcessor, IsTheLastAllowedOneOfTheFastestKindAllowed) {
  const std::vector<ProcessorKind> kinds{{"performance", "0-15"}, {"efficiency", "16-19"}};
  EXPECT_EQ(default_processor(kinds, parse_processor_list("0-19")), 15); // Not 19, the last one.
  EXPECT_EQ(default_processor(kinds, {2, 5, 17}), 5);
  EXPECT_EQ(default_processor(kinds, {16, 18}), 18);
  EXPECT_EQ(default_processor({}, {0, 3}), 3);
  EXPECT_EQ(default_processor(kinds, {}), -1);
  EXPECT_EQ(processor_in_words(kinds, 15), "processor 15, of the kind performance (0-15)");
  EXPECT_EQ(processor_in_words({}, 1), "processor 1");
}

TEST(MachineIdentity, OfAHybridHasTheKindThatIsMeasured) {
  MadeUpSystem system;
  make_xeon(system, "151", "32K");
  system.write("sys/devices/cpu_core/cpus", "0")
      .write("sys/devices/cpu_atom/cpus", "1")
      .write("sys/devices/system/cpu/cpu1/cache/index0/level", "1")
      .write("sys/devices/system/cpu/cpu1/cache/index0/type", "Instruction")
      .write("sys/devices/system/cpu/cpu1/cache/index0/size", "64K");
  const auto measured_on = [&](int processor) {
    return machine_identity({system.root, "x86_64", "Linux 6.18", "KVMKVMKVM", processor});
  };
  EXPECT_EQ(measured_on(0)["core_kind"], "performance");
  EXPECT_EQ(measured_on(-1)["core_kind"], "any");
  EXPECT_EQ(measured_on(1)["caches"], (nlohmann::ordered_json{{"L1i", "64K"}}));
  EXPECT_THAT(machine_difference(measured_on(0)["fingerprint"].get<std::string>(),
                                 measured_on(1)["fingerprint"].get<std::string>()),
              testing::HasSubstr("kind performance against efficiency"));
}

TEST(MachineIdentity, OfOneKindDoesNotDependOnTheMeasuredProcessor) {
  MadeUpSystem system;
  make_xeon(system, "207", "32K");
  const auto other = machine_identity({system.root, "x86_64", "Linux 6.18", "KVMKVMKVM", 1});
  EXPECT_EQ(other, identity_of(system));
  EXPECT_FALSE(other.contains("core_kind"));
}

TEST(Processors, OfOneKindAreNotListed) {
  MadeUpSystem system;
  make_xeon(system, "207", "32K");
  EXPECT_TRUE(processor_kinds(system.root).empty());
}

TEST(Processors, ListsAreReadUpToWhatIsNone) {
  EXPECT_EQ(parse_processor_list("0-2,7"), (std::vector<int>{0, 1, 2, 7}));
  EXPECT_TRUE(parse_processor_list("").empty());
}

} // namespace
} // namespace dispatchbench
