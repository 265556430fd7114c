extension HelpTopic {
  static let training = HelpTopic(
    name: "training", abstract: "Photos for train, what it writes, and what helps.",
    text: """
      Photos

      Every class has a folder of photos (JPEG or PNG), whose name is the name of the
      class. There must be at least two classes. Thirty photos of each are a beginning,
      hundreds are better. Photos in folders of that folder belong to the class, too. The
      folders may be in a tar file, but not in a compressed one.

      About a fifth of the photos of each class is held out, to measure with: always the
      same ones, also with another --seed and when photos are added. If the folders of
      the classes are in a folder 'train' (or 'training'), and there is a folder
      'validation' (or 'valid', 'val', 'test') beside it with folders of these classes,
      the photos of the first of these that exists are measured with instead.

      Copies of a photo, and the same picture saved again or in another size, are found
      and counted: one that is among the photos to measure with is not learned from.
      Pictures of one burst or film are no copies, though much alike: put them all into
      the photos to learn from, or all into those to measure with (--validation).

      A list names the photos where they are: a .csv file with the columns path and
      label, or a .jsonl file with these members. Paths are relative to the folder of the
      list. In a list that classify wrote, the first answers are taken for the labels.

      A photo that cannot be read is named and left out. The exit code is then 1, though
      the model is complete.

      The new model knows these classes and no others: it always answers with one of
      them. Where other things will be on the photos, train a class of such photos, too,
      named for example 'other'.

      Stages

      Training has two stages. In the first one, only the last layer is fitted, which
      takes less than a minute for 1000 photos. In the second one, all layers change
      slowly. The result is the network of both that was right for most of the photos
      held out; of several, the one with the lowest loss there. Options such as --epochs,
      --rate, --schedule, --sizes and --prune are for the second stage. With --freeze or
      --from-scratch there is one stage.

      A thousand photos of five classes take about four minutes on two cores of a server,
      2.6 GB of memory, and up to 2 GB of disk space until the training ends. With
      --freeze fc7, only the last layer learns: 13 seconds, and 82% instead of 86% right.
      Graphics cards are not used.

      After each epoch, which is once through all photos, there is a line such as

          epoch 10/20  loss 0.329  validation 83.7%, loss 0.505  100 images/s  1:48 left

      The first loss is that of the photos that are learned from: how wrong the network
      is about them, and how sure of it. 83.7% of the photos held out (validation) were
      right, with the second loss. 'best so far' behind it marks the network that would be
      the result if no later one were better. The first stage has one such line, at its
      end.

      Output

      The model has 230 to 250 MB for up to a thousand classes; model quantize makes a
      smaller one, and so does model compress, at a cost in accuracy. It holds the names
      of its classes and the way in which photos are prepared, so that classify, sort and
      the other commands need nothing but --model and its name. A file of this name is
      replaced when the new one is complete.

      The accuracy at the end is that on the photos held out. They also chose which
      epoch is best, so that on other photos it is a little lower. To measure that:

          alexnet evaluate others --model birds.safetensors

      The interval beside it says how much chance there is in it: between two trainings
      whose intervals overlap, the difference may be chance.

      The folder beside it, with .training behind its name, has:

        curves.svg, curves.png
            Loss and accuracy by epoch, of both stages. That of training is measured on
            changed photos, which are harder, so that its loss may be above that of the
            photos held out (validation).
        worst.png, worst.jsonl
            Of the photos held out that were taken for something else, the 25 with the
            highest probability, in the same order in both files: often they are in the
            wrong folder.
        log.jsonl
            The settings, then one object for each epoch, then the result.
        validation.jsonl
            Which photos were held out. To measure another training with the same ones,
            name this file with --validation (not for photos in a tar file).
        run.json, checkpoint.safetensors, interim.safetensors, best-N.safetensors
            What --resume needs. All but the first go when the training ends.

      The whole folder may be deleted when the training has ended. Ctrl-C interrupts a
      training, and the same command with --resume goes on, with the same photos and
      number of threads; without --resume it starts again from the beginning.

      What helps

      If the model is wrong too often, what helps most is more photos, and photos like
      those that it will be used on. Look first at worst.png, and at which classes are
      worst (alexnet evaluate --per-class FILE).
      Next, begin with a model that knows more:

          alexnet model pull caffenet
          alexnet train birds --from caffenet -o birds.safetensors

      Then give it more time: --time 1h. If left and right matter, as in writing: --flip 0.
      If colours tell the classes apart: --saturation 0 --color-shift 0. --preview shows
      what is changed.

      When there are more photos or more classes, train again with all of them. Where the
      classes stay the same, the training may begin with your model:
      --from birds.safetensors. Random weights (--from-scratch) need far more photos: with
      1000 they gave 71% where the built-in model gave 86%.

      The new model has the licence of the model that its training began with. One that
      began with the built-in model is for research use only.
      """)
}
