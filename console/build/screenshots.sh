#!/bin/sh
# Makes the two pictures of the README again: of the console with the data of its tour, as the browser test of the
# tour takes them. Needs what the build needs, and Node and Chromium.
set -eu
cd "$(dirname "$0")/../.."
mvn -B -q -ntp -pl server -am test -Dsurefire.failIfNoSpecifiedTests=false -Dtest='ConsoleTest#theTourIsTakenInABrowser'
mkdir -p console/pictures
for theme in light dark; do
  cp "console/target/screenshots/readme-$theme.png" "console/pictures/$theme.png"
done
ls -l console/pictures
