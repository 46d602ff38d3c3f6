"""The dossier: statushouder, the people around it, tasks, Plan van Aanpak, journal, alerts."""
