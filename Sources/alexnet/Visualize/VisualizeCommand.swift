import ArgumentParser

/// `alexnet visualize`: pictures of what is in a network.
struct VisualizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "visualize",
    abstract: "Draw what is in a network: its filters, its maps, its idea of a class.",
    discussion: """
      Every kind is a picture in a PNG file.

      Examples:
        alexnet visualize filters --output filters.png
        alexnet visualize maps cat.jpg --layer conv3 --output maps.png
        alexnet visualize class espresso goldfish --output classes.png
        alexnet visualize class --from cat.jpg --layer conv4 --output dream.png
      """,
    subcommands: [
      VisualizeFiltersCommand.self, VisualizeMapsCommand.self, VisualizeClassCommand.self,
    ])
}
