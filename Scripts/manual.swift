// Writes the manual page, in man(7), from what the program says about itself:
//
//   alexnet --experimental-dump-help | manual VERSION TOPIC-FILE... > alexnet.1
//
// Commands, options and examples come from the program's own help. So do the pages that
// `alexnet help topics` lists, each in a file that has the topic's name. The manual page and the
// help therefore never differ.

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

struct Dump: Decodable {
  let command: Command
}

struct Command: Decodable {
  let commandName: String
  let abstract: String?
  let discussion: String?
  let shouldDisplay: Bool?
  let arguments: [Argument]?
  let subcommands: [Command]?
}

struct Argument: Decodable {
  struct Name: Decodable {
    let kind: String
    let name: String
  }

  let kind: String
  let names: [Name]?
  let valueName: String?
  let abstract: String?
  let defaultValue: String?
  let allValues: [String]?
  let sectionTitle: String?
  let isOptional: Bool
  let isRepeating: Bool
  let shouldDisplay: Bool
}

/// Text for troff: its own characters are spelled out, and no line begins with a command.
func escaped(_ text: String) -> String {
  var result = ""
  for character in text {
    switch character {
    case "\\": result += "\\e"
    // Plain ASCII, so that an example can be copied out of the page.
    case "-": result += "\\-"
    case "'": result += "\\(aq"
    case "~": result += "\\(ti"
    case "^": result += "\\(ha"
    case "`": result += "\\(ga"
    default: result.append(character)
    }
  }
  return result.hasPrefix(".") ? "\\&" + result : result
}

/// A discussion's paragraphs; lines that begin with spaces are kept as they are.
func paragraphs(_ text: String) -> [String] {
  var lines: [String] = []
  var isVerbatim = false
  for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
    let indented = line.hasPrefix("  ")
    if indented != isVerbatim {
      lines.append(indented ? ".RS 4\n.nf" : ".fi\n.RE")
      isVerbatim = indented
    }
    if line.isEmpty {
      lines.append(".PP")
    } else {
      lines.append(escaped(String(indented ? line.dropFirst(2) : line)))
    }
  }
  if isVerbatim { lines.append(".fi\n.RE") }
  return lines
}

/// One option or argument with its description.
func entry(_ argument: Argument) -> [String] {
  let value = "\\fI" + escaped(argument.valueName ?? "value") + "\\fR"
  var term: String
  if argument.kind == "positional" {
    term = value + (argument.isRepeating ? " ..." : "")
  } else {
    let names = (argument.names ?? []).sorted { $0.kind == "short" && $1.kind != "short" }
    term = names.map { "\\fB" + escaped(($0.kind == "long" ? "--" : "-") + $0.name) + "\\fR" }
      .joined(separator: ", ")
    if argument.kind == "option" { term += " " + value }
  }
  var description = argument.abstract ?? ""
  if let values = argument.allValues, !values.isEmpty {
    description += " One of \(values.joined(separator: ", "))."
  }
  if let value = argument.defaultValue, argument.kind == "option" {
    description += " (default: \(value))"
  }
  return [".TP", term, escaped(description)]
}

/// One line for each command that does something itself.
func synopsis(_ path: String, _ command: Command) -> [String] {
  if let subcommands = command.subcommands, !subcommands.isEmpty {
    return subcommands.filter { $0.commandName != "help" }
      .flatMap { synopsis(path + " " + $0.commandName, $0) }
  }
  let arguments = (command.arguments ?? []).filter(\.shouldDisplay)
  var line = ".B " + escaped(path) + "\n"
  if arguments.contains(where: { $0.kind != "positional" }) { line += "[\\fIoptions\\fR]\n" }
  for argument in arguments where argument.kind == "positional" {
    let value = "\\fI" + escaped(argument.valueName ?? "value") + "\\fR"
    line += argument.isRepeating ? "[" + value + " ...]\n" : value + "\n"
  }
  return [line + ".br"]
}

/// A subcommand's section, and those of its own subcommands.
func section(_ path: String, _ command: Command) -> [String] {
  guard command.commandName != "help", command.shouldDisplay ?? true else { return [] }
  var lines = [".SS " + escaped(path), escaped(command.abstract ?? "")]
  if let discussion = command.discussion { lines += [".PP"] + paragraphs(discussion) }
  // Every command has these two; the page names them once.
  let arguments = (command.arguments ?? []).filter { argument in
    argument.shouldDisplay
      && !(argument.names ?? []).contains { ["help", "version"].contains($0.name) }
  }
  lines += arguments.flatMap(entry)
  for subcommand in command.subcommands ?? [] {
    lines += section(path + " " + subcommand.commandName, subcommand)
  }
  return lines
}

/// A topic's text: paragraphs, lists (terms indented by two, descriptions by six) and examples.
func topic(_ text: String) -> [String] {
  var lines: [String] = []
  var isVerbatim = false
  var isInList = false
  for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
    let indentation = line.prefix { $0 == " " }.count
    let content = escaped(String(line.dropFirst(indentation)))
    let isExample = !isInList && indentation >= 4
    if isExample != isVerbatim, !line.isEmpty {
      lines.append(isExample ? ".RS 4\n.nf" : ".fi\n.RE")
      isVerbatim = isExample
    }
    switch indentation {
    case _ where line.isEmpty: if !isVerbatim { lines.append(".PP") }
    case _ where isVerbatim: lines.append(escaped(String(line.dropFirst(4))))
    case 2:
      isInList = true
      lines.append(".TP\n.B " + content)
    case 0:
      isInList = false
      lines.append(content)
    default: lines.append(content)
    }
  }
  if isVerbatim { lines.append(".fi\n.RE") }
  return lines
}

/// A section for a file whose first line is its title and whose third and later lines are its text.
func topicSection(file: String) throws -> [String] {
  let page = try String(contentsOf: URL(filePath: file), encoding: .utf8)
  let lines = page.split(separator: "\n", omittingEmptySubsequences: false)
  let name = URL(filePath: file).lastPathComponent.replacing("-", with: " ").uppercased()
  return [".SH " + escaped(name), escaped(String(lines.first ?? "")), ".PP"]
    + topic(lines.dropFirst(2).joined(separator: "\n"))
}

var input = Data()
while let line = readLine(strippingNewline: false) { input.append(contentsOf: line.utf8) }
let version = CommandLine.arguments.count > 1 ? CommandLine.arguments[1] : ""
let root = try JSONDecoder().decode(Dump.self, from: input).command
let commands = (root.subcommands ?? []).filter { $0.commandName != "help" }
let name = root.commandName

var page = [
  ".TH \(name.uppercased()) 1 \"\" \"\(escaped(version))\" \"User Commands\"",
  ".SH NAME", "\(escaped(name)) \\- \(escaped(root.abstract ?? ""))",
  ".SH SYNOPSIS", ".B \(escaped(name))\n[\\fIoptions\\fR]\n\\fIinput\\fR ...\n.br",
]
page += commands.flatMap { synopsis(name + " " + $0.commandName, $0) }
page += [".SH DESCRIPTION"] + paragraphs(root.discussion ?? "")
page += [".SH COMMANDS"] + commands.flatMap { section(name + " " + $0.commandName, $0) }
page += [".SH OPTIONS OF EVERY COMMAND"] + (root.arguments ?? []).flatMap(entry)
for file in CommandLine.arguments.dropFirst(2) { page += try topicSection(file: file) }
print(page.filter { !$0.isEmpty }.joined(separator: "\n"))
