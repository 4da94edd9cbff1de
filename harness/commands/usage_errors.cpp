#include "commands/usage_errors.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace dispatchbench {
namespace {

/// The command that the words name, or null.
const CLI::App* named_command(const CLI::App& app) {
  const auto commands = app.get_subcommands();
  return commands.empty() ? nullptr : commands.front();
}

std::string command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    if (!command->get_group().empty()) names.push_back(command->get_name());
  return fmt::format("{}", fmt::join(names, ", "));
}

/// What to say of a word that the command doesn't take.
std::string unexpected(const std::string& word, const CLI::App& app, const CLI::App* command) {
  const std::string option = word.substr(0, word.find('='));
  std::vector<std::string> elsewhere;
  for (const CLI::App* other : app.get_subcommands([](const CLI::App*) { return true; }))
    if (option.starts_with("--") && other != command && other->get_option_no_throw(option) != nullptr)
      elsewhere.push_back(other->get_name());
  if (command == nullptr) {
    if (!elsewhere.empty())
      return fmt::format("{}: is an option of {}; name the command first", option,
                         fmt::join(elsewhere, ", "));
    if (word.starts_with("-")) return fmt::format("{}: is no option; see dispatchbench --help", option);
    return fmt::format("{}: is no command; expected {}", word, command_names(app));
  }
  if (!elsewhere.empty())
    return fmt::format("{}: is no option of {}, which has no use for it; {} {} it", option,
                       command->get_name(), fmt::join(elsewhere, ", "),
                       elsewhere.size() == 1 ? "has" : "have");
  const bool is_option = word.starts_with("-");
  return fmt::format("{}: is no {} of {}; see dispatchbench {} --help", is_option ? option : word,
                     is_option ? "option" : "argument", command->get_name(), command->get_name());
}

/// Of several words that a command doesn't take, the first: CLI11 has them in reverse order in some places.
std::string first_unexpected(const CLI::App& app, const CLI::App* command,
                             const std::vector<std::string>& words) {
  std::vector<std::string> extras = command == nullptr ? app.remaining() : command->remaining();
  if (extras.empty()) extras = app.remaining(true);
  for (const std::string& word : words)
    if (std::find(extras.begin(), extras.end(), word) != extras.end()) return word;
  return extras.empty() ? std::string("?") : extras.front();
}

/// The option that an ArgumentMismatch is about, which its text begins with: "--seed: 1 required UINT
/// missing".
std::string mismatch(const std::string& text, const CLI::App* command) {
  const std::string name = text.substr(0, text.find_first_of(": ")); // A flag comes without dashes.
  const std::string usage = command == nullptr ? "dispatchbench --help"
                                               : fmt::format("dispatchbench {} --help", command->get_name());
  if (text.find("disallowed flag override") != std::string::npos)
    return fmt::format("--{}: takes no value; leave out what follows the name", name);
  if (text.find("missing") != std::string::npos || text.find("At least") != std::string::npos)
    return fmt::format("{}: its value is missing; see {}", name, usage);
  return fmt::format("{}: is given more than once; expected it once at most", name);
}

} // namespace

UsageError usage_error(const CLI::ParseError& error, const CLI::App& app,
                       const std::vector<std::string>& words) {
  const CLI::App* const command = named_command(app);
  const std::string text = error.what();
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr)
    return UsageError(fmt::format("the command is missing; expected one of {}; see dispatchbench --help",
                                  command_names(app)));
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr)
    return UsageError(unexpected(first_unexpected(app, command, words), app, command));
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr)
    return UsageError(mismatch(text, command));
  if (dynamic_cast<const CLI::ExcludesError*>(&error) != nullptr) {
    const auto between = text.find(" excludes ");
    return UsageError(fmt::format("{} and {} can't be combined: choose one", text.substr(0, between),
                                  text.substr(between + std::string(" excludes ").size())));
  }
  // Our own validators' words, behind the option's name; a hidden one has none.
  return UsageError(text.starts_with(": ") ? "--inject-slowdown" + text : text);
}

} // namespace dispatchbench
